// A user pool to test in, made with the AWS SDK for JavaScript.

import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';

export const PASSWORD = 'Correct-horse-7';
export const NEW_PASSWORD = 'Battery-staple-8';
const CREDENTIALS = { accessKeyId: 'poolhouse', secretAccessKey: 'poolhouse-dev' };

/** A pool with one app client, and what an administrator does in it. */
export class Pool {
	static async make(server, settings = {}) {
		const admin = new CognitoIdentityProvider({
			endpoint: server.endpoint,
			region: 'us-east-1',
			credentials: CREDENTIALS,
			maxAttempts: 1,
		});
		const { UserPool } = await admin.createUserPool({ PoolName: 'conformance', ...settings });
		const { UserPoolClient } = await admin.createUserPoolClient({
			UserPoolId: UserPool.Id,
			ClientName: 'app',
			ExplicitAuthFlows: [
				'ALLOW_USER_SRP_AUTH',
				'ALLOW_USER_PASSWORD_AUTH',
				'ALLOW_REFRESH_TOKEN_AUTH',
			],
		});
		return new Pool(server, admin, UserPool.Id, UserPoolClient.ClientId);
	}

	constructor(server, admin, id, clientId) {
		Object.assign(this, { server, admin, id, clientId });
	}

	/** A confirmed user, in groups that are made for it. */
	async addUser(Username, groups = []) {
		const UserPoolId = this.id;
		await this.admin.adminCreateUser({ UserPoolId, Username, MessageAction: 'SUPPRESS' });
		await this.admin.adminSetUserPassword({ UserPoolId, Username, Password: PASSWORD, Permanent: true });
		for (const GroupName of groups) {
			await this.admin.createGroup({ UserPoolId, GroupName });
			await this.admin.adminAddUserToGroup({ UserPoolId, Username, GroupName });
		}
	}

	/** Gives a user an e-mail address that counts as verified. */
	async setVerifiedEmail(Username, address) {
		const UserAttributes = [
			{ Name: 'email', Value: address },
			{ Name: 'email_verified', Value: 'true' },
		];
		await this.admin.adminUpdateUserAttributes({ UserPoolId: this.id, Username, UserAttributes });
	}

	/** Lets the app client sign in by these flows alone. */
	async allow(...ExplicitAuthFlows) {
		await this.admin.updateUserPoolClient({ UserPoolId: this.id, ClientId: this.clientId, ExplicitAuthFlows });
	}

	/** Tokens of a sign-in. */
	async signIn(username) {
		const answer = await this.admin.initiateAuth({
			AuthFlow: 'USER_PASSWORD_AUTH',
			ClientId: this.clientId,
			AuthParameters: { USERNAME: username, PASSWORD },
		});
		return answer.AuthenticationResult;
	}

	/** The code sent last to a user. */
	code(username) {
		return this.server.code(this.id, username);
	}
}
