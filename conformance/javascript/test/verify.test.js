// aws-jwt-verify: tokens verified with a required group, in every issuer mode.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { CognitoJwtInvalidGroupError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';

import { Pool } from '../lib/pool.js';
import { ownServer, sharedServer } from '../lib/server.js';

const TOKENS = { id: 'IdToken', access: 'AccessToken' };

/** The library's own fetcher speaks https only; a development server speaks http. */
const plainHttp = {
	async fetch(uri) {
		const answer = await fetch(uri);
		assert.equal(answer.status, 200);
		return answer.arrayBuffer();
	},
};

async function keysOf(pool) {
	const answer = await fetch(`${pool.server.endpoint}/${pool.id}/.well-known/jwks.json`);
	return answer.json();
}

describe('aws-jwt-verify with the server\'s own URL as issuer', () => {
	let server, pool, tokens, verifier;
	before(async () => {
		server = await sharedServer();
		pool = await Pool.make(server);
		await pool.addUser('alice', ['editors']);
		tokens = await pool.signIn('alice');
		const issuer = `${server.endpoint}/${pool.id}`;
		verifier = JwtVerifier.create(
			{ issuer, jwksUri: `${issuer}/.well-known/jwks.json`, audience: null },
			{ jwksCache: new SimpleJwksCache({ fetcher: plainHttp }) },
		);
	});
	after(() => server?.stop());

	/** Signature, issuer and times, then Cognito's own claims. */
	async function verified(tokenUse, groups) {
		return verifier.verify(tokens[TOKENS[tokenUse]], {
			customJwtCheck: ({ payload }) =>
				validateCognitoJwtFields(payload, { tokenUse, clientId: pool.clientId, groups }),
		});
	}

	for (const use of Object.keys(TOKENS)) {
		test(`an ${use} token passes with one of the required groups`, async () => {
			const payload = await verified(use, ['admins', 'editors']);
			assert.deepEqual(payload['cognito:groups'], ['editors']);
		});

		test(`an ${use} token is refused without the required group`, async () => {
			await assert.rejects(verified(use, ['admins']), CognitoJwtInvalidGroupError);
		});
	}

	test('discovery names the issuer and its keys', async () => {
		const issuer = `${server.endpoint}/${pool.id}`;
		const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
		const document = await answer.json();
		assert.equal(document.issuer, issuer);
		assert.equal(document.jwks_uri, `${issuer}/.well-known/jwks.json`);
	});
});

describe('aws-jwt-verify with AWS\'s issuer', () => {
	let server;
	before(async () => {
		server = await ownServer('--issuer', 'aws');
	});
	after(() => server?.stop());

	for (const [type, host] of [
		['ORIGINAL', 'cognito-idp'],
		['UPDATED', 'issuer-cognito-idp'],
	]) {
		test(`CognitoJwtVerifier takes tokens of a pool with issuer ${type}`, async () => {
			const pool = await Pool.make(server, { IssuerConfiguration: { Type: type } });
			await pool.addUser('alice', ['editors']);
			const tokens = await pool.signIn('alice');
			for (const [tokenUse, member] of Object.entries(TOKENS)) {
				const properties = { userPoolId: pool.id, clientId: pool.clientId, tokenUse };
				const verifier = CognitoJwtVerifier.create({ ...properties, groups: ['editors'] });
				verifier.cacheJwks(await keysOf(pool));
				const payload = await verifier.verify(tokens[member]);
				assert.equal(payload.iss, `https://${host}.us-east-1.amazonaws.com/${pool.id}`);
				await assert.rejects(
					verifier.verify(tokens[member], { groups: ['admins'] }),
					CognitoJwtInvalidGroupError,
				);
			}
		});
	}

	test('a token of another pool is refused', async () => {
		const [mine, other] = [await Pool.make(server), await Pool.make(server)];
		await other.addUser('alice');
		const { AccessToken } = await other.signIn('alice');
		const verifier = CognitoJwtVerifier.create({
			userPoolId: mine.id,
			clientId: mine.clientId,
			tokenUse: 'access',
		});
		verifier.cacheJwks(await keysOf(mine));
		await assert.rejects(verifier.verify(AccessToken), { message: /^issuer not configured: / });
	});
});
