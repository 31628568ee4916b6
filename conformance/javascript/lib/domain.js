// A pool with a domain, and an app client that sends browsers to its pages.

import { randomUUID } from 'node:crypto';

import { Pool } from './pool.js';

export const SCOPES = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];

export class Domain {
	/** `callback` is where the application takes browsers back; `settings` are the pool's. */
	static async make(server, callback, settings) {
		const pool = await Pool.make(server, settings);
		const UserPoolId = pool.id;
		const name = `browsers-${randomUUID()}`;
		await pool.admin.createUserPoolDomain({ UserPoolId, Domain: name, ManagedLoginVersion: 2 });
		const domain = new Domain(pool, name, callback);
		await domain.allow('ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH');
		await pool.admin.createManagedLoginBranding({
			UserPoolId,
			ClientId: pool.clientId,
			// By its own settings a domain shows light colours alone.
			Settings: { categories: { global: { colorSchemeMode: 'DYNAMIC' } } },
		});
		return domain;
	}

	constructor(pool, name, callback) {
		Object.assign(this, { pool, name, callback });
		this.url = `${pool.server.endpoint.replace('127.0.0.1', `${name}.auth.localhost`)}`;
	}

	/** Lets the app client sign in by these flows, and send browsers here. */
	async allow(...ExplicitAuthFlows) {
		const { admin, id: UserPoolId, clientId: ClientId } = this.pool;
		await admin.updateUserPoolClient({
			UserPoolId,
			ClientId,
			ExplicitAuthFlows,
			PreventUserExistenceErrors: 'ENABLED',
			AllowedOAuthFlowsUserPoolClient: true,
			AllowedOAuthFlows: ['code'],
			AllowedOAuthScopes: SCOPES,
			CallbackURLs: [this.callback],
			LogoutURLs: [this.callback],
			SupportedIdentityProviders: ['COGNITO'],
		});
	}

	/** Where the application sends a browser. */
	authorize(parameters = {}) {
		const query = new URLSearchParams({
			response_type: 'code',
			client_id: this.pool.clientId,
			redirect_uri: this.callback,
			scope: 'openid',
			state: 'the state',
			...parameters,
		});
		return `${this.url}/oauth2/authorize?${query}`;
	}

	/** The ID token's claims of whoever came back to `url` with a code. */
	async claims(url) {
		const code = new URL(url).searchParams.get('code');
		const answer = await fetch(`${this.pool.server.endpoint}/_domains/${this.name}/oauth2/token`, {
			method: 'POST',
			body: new URLSearchParams({
				grant_type: 'authorization_code',
				client_id: this.pool.clientId,
				redirect_uri: this.callback,
				code,
			}),
		});
		const { id_token: token, error } = await answer.json();
		if (!token) throw new Error(`no token for the code of ${url}: ${error}`);
		return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
	}
}
