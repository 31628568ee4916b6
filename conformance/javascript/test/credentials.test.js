// @aws-sdk/credential-providers: the credentials of identity pools and of STS, got and renewed by the SDK itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { CognitoIdentity } from '@aws-sdk/client-cognito-identity';
import { CognitoIdentityProvider } from '@aws-sdk/client-cognito-identity-provider';
import { IAM } from '@aws-sdk/client-iam';
import {
	fromCognitoIdentity,
	fromCognitoIdentityPool,
	fromTemporaryCredentials,
	fromWebToken,
} from '@aws-sdk/credential-providers';

import { Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { PASSWORD, Pool } from '../lib/pool.js';
import { IdentityProvider } from '../lib/provider.js';
import { sharedServer } from '../lib/server.js';

const ROOT = { accessKeyId: 'poolhouse', secretAccessKey: 'poolhouse-dev' };

function policy(Action) {
	return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } });
}

/** Who identities of a pool are to be, to get a role. */
function trust(pool, amr) {
	const Condition = {
		StringEquals: { 'cognito-identity.amazonaws.com:aud': pool },
		'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
	};
	const Principal = { Federated: 'cognito-identity.amazonaws.com' };
	const Statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRoleWithWebIdentity', Condition };
	return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('credential providers of the AWS SDK', () => {
	let server, clientConfig, iam, pool, identityPoolId, logins;
	const made = [];

	/** A role and what it may do; returns its ARN. */
	async function role(RoleName, AssumeRolePolicyDocument, action) {
		const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument });
		await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: policy(action) });
		made.push(RoleName);
		return Role.Arn;
	}

	/** What a caller with these credentials may do: list user pools, and look at one. */
	async function may(credentials) {
		const cognito = new CognitoIdentityProvider({ ...clientConfig, credentials, maxAttempts: 1 });
		await cognito.listUserPools({ MaxResults: 1 });
		await assert.rejects(cognito.describeUserPool({ UserPoolId: pool.id }), { name: 'AccessDeniedException' });
	}

	before(async () => {
		server = await sharedServer();
		clientConfig = { endpoint: server.endpoint, region: 'us-east-1' };
		iam = new IAM({ ...clientConfig, credentials: ROOT, maxAttempts: 1 });
		pool = await Pool.make(server);
		await pool.addUser('alice');
		const provider = `cognito-idp.us-east-1.amazonaws.com/${pool.id}`;
		const identity = new CognitoIdentity({ ...clientConfig, credentials: ROOT, maxAttempts: 1 });
		const { IdentityPoolId } = await identity.createIdentityPool({
			IdentityPoolName: 'conformance',
			AllowUnauthenticatedIdentities: true,
			AllowClassicFlow: true,
			CognitoIdentityProviders: [{ ProviderName: provider, ClientId: pool.clientId }],
		});
		identityPoolId = IdentityPoolId;
		const Roles = {
			authenticated: await role('js-member', trust(identityPoolId, 'authenticated'), 'cognito-idp:List*'),
			unauthenticated: await role('js-guest', trust(identityPoolId, 'unauthenticated'), 'cognito-idp:ListUserPools'),
		};
		await identity.setIdentityPoolRoles({ IdentityPoolId, Roles });
		logins = { [provider]: (await pool.signIn('alice')).IdToken };
	});
	after(async () => {
		for (const RoleName of made) {
			await iam.deleteRolePolicy({ RoleName, PolicyName: 'p' });
			await iam.deleteRole({ RoleName });
		}
		await server.stop();
	});

	test('fromCognitoIdentityPool, signed in and as a guest', async () => {
		const signedIn = fromCognitoIdentityPool({ identityPoolId, logins, clientConfig });
		await may(signedIn);
		const [first, second] = [await signedIn(), await signedIn()];
		assert.equal(first.identityId, second.identityId);
		assert.ok(first.expiration > new Date());
		const cache = { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} };
		const guest = fromCognitoIdentityPool({ identityPoolId, clientConfig, cache });
		await may(guest);
		assert.notEqual((await guest()).identityId, first.identityId);
	});

	test('fromCognitoIdentity', async () => {
		const identity = new CognitoIdentity({ ...clientConfig, maxAttempts: 1 });
		const { IdentityId } = await identity.getId({ IdentityPoolId: identityPoolId, Logins: logins });
		await may(fromCognitoIdentity({ identityId: IdentityId, logins, clientConfig }));
		const stranger = fromCognitoIdentity({ identityId: IdentityId, clientConfig });
		await assert.rejects(stranger(), { name: 'NotAuthorizedException' });
	});

	test('fromWebToken, with a token of the basic flow', async () => {
		const identity = new CognitoIdentity({ ...clientConfig, maxAttempts: 1 });
		const { IdentityId } = await identity.getId({ IdentityPoolId: identityPoolId, Logins: logins });
		const { Token } = await identity.getOpenIdToken({ IdentityId, Logins: logins });
		const roleArn = 'arn:aws:iam::000000000000:role/js-member';
		await may(fromWebToken({ roleArn, webIdentityToken: Token, roleSessionName: 'work', clientConfig }));
	});

	test('an OpenID Connect provider that others wrote, at an identity pool and at STS', async () => {
		const redirectUri = 'http://localhost:1/callback';
		const people = { ada: { email: 'ada@example.com' } };
		const provider = await IdentityProvider.start(people, redirectUri);
		const Url = `https://${provider.name}`;
		const { OpenIDConnectProviderArn } = await iam.createOpenIDConnectProvider({ Url, ClientIDList: ['pool'] });
		try {
			const identity = new CognitoIdentity({ ...clientConfig, credentials: ROOT, maxAttempts: 1 });
			const { IdentityPoolId } = await identity.createIdentityPool({
				IdentityPoolName: 'conformance',
				AllowUnauthenticatedIdentities: false,
				OpenIdConnectProviderARNs: [OpenIDConnectProviderArn],
			});
			const authenticated = await role('js-openid', trust(IdentityPoolId, 'authenticated'), 'cognito-idp:List*');
			await identity.setIdentityPoolRoles({ IdentityPoolId, Roles: { authenticated } });
			const token = await provider.idToken('ada', redirectUri);
			const logins = { [provider.name]: token };
			const signedIn = fromCognitoIdentityPool({ identityPoolId: IdentityPoolId, logins, clientConfig });
			await may(signedIn);
			assert.equal((await signedIn()).identityId, (await signedIn()).identityId);
			const Statement = {
				Effect: 'Allow',
				Principal: { Federated: OpenIDConnectProviderArn },
				Action: 'sts:AssumeRoleWithWebIdentity',
				Condition: { StringEquals: { [`${provider.name}:aud`]: 'pool', [`${provider.name}:sub`]: 'ada' } },
			};
			const trusted = JSON.stringify({ Version: '2012-10-17', Statement });
			const roleArn = await role('js-federated', trusted, 'cognito-idp:List*');
			await may(fromWebToken({ roleArn, webIdentityToken: token, roleSessionName: 'work', clientConfig }));
			const forged = { [provider.name]: `${token.slice(0, -4)}AAAA` };
			const stranger = fromCognitoIdentityPool({ identityPoolId: IdentityPoolId, logins: forged, clientConfig });
			await assert.rejects(stranger(), { name: 'NotAuthorizedException' });
		} finally {
			provider.stop();
			await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn });
		}
	});

	test('fromTemporaryCredentials', async () => {
		const Principal = { AWS: '000000000000' };
		const Statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' };
		const trusted = JSON.stringify({ Version: '2012-10-17', Statement });
		const RoleArn = await role('js-reader', trusted, 'cognito-idp:List*');
		const UserName = 'js-ann';
		await iam.createUser({ UserName });
		await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policy('sts:AssumeRole') });
		const { AccessKey } = await iam.createAccessKey({ UserName });
		const masterCredentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
		await may(fromTemporaryCredentials({ params: { RoleArn }, masterCredentials, clientConfig }));
		await iam.deleteAccessKey({ UserName, AccessKeyId: AccessKey.AccessKeyId });
		await iam.deleteUserPolicy({ UserName, PolicyName: 'p' });
		await iam.deleteUser({ UserName });
	});

	test('Amplify in Chromium, as a guest and signed in', NEEDS_BROWSER, async () => {
		const browser = await Browser.start('amplify.page.js');
		try {
			const page = await browser.page();
			await page.evaluate(configuration => app.configure(configuration), {
				userPoolId: pool.id,
				userPoolClientId: pool.clientId,
				userPoolEndpoint: server.endpoint,
				identityPoolId,
				identityPoolEndpoint: server.endpoint,
				allowGuestAccess: true,
			});
			const session = async () => {
				const answer = await page.evaluate(call => app.call(...call), ['fetchAuthSession', {}]);
				answer.credentials.expiration = new Date(answer.credentials.expiration);
				return answer;
			};
			const guest = await session();
			await may(guest.credentials);
			await page.evaluate(call => app.call(...call), ['signIn', { username: 'alice', password: PASSWORD }]);
			const signedIn = await session();
			await may(signedIn.credentials);
			assert.equal(signedIn.tokens.idToken.payload['cognito:username'], 'alice');
		} finally {
			await browser.stop();
		}
	});
});
