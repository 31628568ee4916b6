// Libraries of web applications on a server, without a browser: the code flow at a pool's domain by openid-client, Passport
// and Auth.js' own provider for Cognito.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { Auth, skipCSRFCheck } from '@auth/core';
import Cognito from '@auth/core/providers/cognito';
import * as openid from 'openid-client';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';

import { PASSWORD, Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';
import { Visitor } from '../lib/visitor.js';

const CALLBACK = 'http://localhost:3000/callback';

describe('OpenID Connect libraries', () => {
	let server;
	before(async () => (server = await sharedServer()));
	after(async () => server?.stop());

	/** A pool with a domain, alice in a group, and a client with a secret. */
	async function application(callback = CALLBACK) {
		const pool = await Pool.make(server);
		const Domain = `oidc-${pool.id.split('_')[1].toLowerCase()}`;
		await pool.admin.createUserPoolDomain({ Domain, UserPoolId: pool.id });
		await pool.addUser('alice', ['staff']);
		await pool.setVerifiedEmail('alice', 'alice@example.com');
		const { UserPoolClient } = await pool.admin.createUserPoolClient({
			UserPoolId: pool.id,
			ClientName: 'web',
			GenerateSecret: true,
			AllowedOAuthFlowsUserPoolClient: true,
			AllowedOAuthFlows: ['code'],
			AllowedOAuthScopes: ['openid', 'email', 'profile'],
			CallbackURLs: [callback],
			SupportedIdentityProviders: ['COGNITO'],
		});
		const { ClientId, ClientSecret } = UserPoolClient;
		return {
			issuer: `${server.endpoint}/${pool.id}`,
			domain: `${server.endpoint}/_domains/${Domain}`,
			clientId: ClientId,
			clientSecret: ClientSecret,
		};
	}

	for (const method of ['ClientSecretBasic', 'ClientSecretPost']) {
		test(`openid-client with ${method}: discovery, PKCE, userInfo, refresh, revocation`, async () => {
			const { issuer, clientId, clientSecret } = await application();
			const plain = { execute: [openid.allowInsecureRequests] };
			const authentication = openid[method](clientSecret);
			const config = await openid.discovery(new URL(issuer), clientId, undefined, authentication, plain);
			const pkceCodeVerifier = openid.randomPKCECodeVerifier();
			const [state, nonce] = [openid.randomState(), openid.randomNonce()];
			const url = openid.buildAuthorizationUrl(config, {
				redirect_uri: CALLBACK,
				scope: 'openid email',
				code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
				code_challenge_method: 'S256',
				state,
				nonce,
			});
			const back = await new Visitor().signIn(url, 'alice', PASSWORD);
			const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce };
			const tokens = await openid.authorizationCodeGrant(config, back, checks);
			const claims = tokens.claims();
			assert.equal(claims['cognito:username'], 'alice');
			assert.deepEqual(claims['cognito:groups'], ['staff']);
			const info = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
			assert.equal(info.email, 'alice@example.com');
			const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token);
			assert.equal(renewed.claims().sub, claims.sub);
			await openid.tokenRevocation(config, tokens.refresh_token);
			await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
			await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, claims.sub));
			await assert.rejects(openid.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant' });
		});
	}

	test('passport-openidconnect', async t => {
		const { issuer, domain, clientId, clientSecret } = await application();
		const sessions = {};
		const strategy = new OpenIDConnectStrategy(
			{
				issuer,
				authorizationURL: `${domain}/oauth2/authorize`,
				tokenURL: `${domain}/oauth2/token`,
				userInfoURL: `${domain}/oauth2/userInfo`,
				clientID: clientId,
				clientSecret,
				callbackURL: CALLBACK,
				scope: ['email', 'profile'],
			},
			(_issuer, profile, done) => done(null, profile),
		);
		const authenticator = new passport.Passport().use(strategy);
		/** What the strategy makes of a request. */
		const authenticate = url =>
			new Promise((resolve, reject) => {
				const request = { url: url.href, query: Object.fromEntries(url.searchParams), session: sessions };
				const answer = { setHeader: (_, location) => resolve({ location }), end() {} };
				authenticator.authenticate('openidconnect', (error, user, info) =>
					error || !user ? reject(error ?? new Error(JSON.stringify(info))) : resolve({ user }),
				)(request, answer, reject);
			});
		const { location } = await authenticate(new URL('http://localhost:3000/login'));
		const back = await new Visitor().signIn(location, 'alice', PASSWORD);
		const { user } = await authenticate(back);
		assert.equal(user.emails[0].value, 'alice@example.com');
		await assert.rejects(authenticate(back));
	});

	test("Auth.js' provider for Cognito", async t => {
		const site = createServer(async (request, answer) => {
			const url = new URL(request.url, origin);
			const made = await Auth(new Request(url, { headers: request.headers }), config);
			answer.writeHead(made.status, [...made.headers].flat());
			answer.end(await made.text());
		});
		await new Promise(resolve => site.listen(0, '127.0.0.1', resolve));
		t.after(() => site.close());
		const origin = `http://127.0.0.1:${site.address().port}`;
		const { issuer, clientId, clientSecret } = await application(`${origin}/auth/callback/cognito`);
		const config = {
			basePath: '/auth',
			secret: 'a secret of this test alone',
			trustHost: true,
			providers: [Cognito({ clientId, clientSecret, issuer })],
			logger: { error: error => (config.failure = error) },
			callbacks: { jwt: ({ token, profile }) => ({ ...token, ...(profile && { groups: profile['cognito:groups'] }) }) },
		};
		const visitor = new Visitor();
		const begun = await Auth(
			new Request(`${origin}/auth/signin/cognito`, { method: 'POST', headers: { host: new URL(origin).host } }),
			{ ...config, skipCSRFCheck },
		);
		visitor.keep(origin, begun.headers);
		const back = await visitor.signIn(begun.headers.get('location'), 'alice', PASSWORD);
		const done = await visitor.open(back);
		assert.equal(done.status, 302, String(config.failure));
		const session = await (await visitor.open(`${origin}/auth/session`)).json();
		assert.equal(session.user.email, 'alice@example.com');
	});
});
