// Second factors with amazon-cognito-identity-js: a code of an app, set up by the library and asked for by it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import identity from 'amazon-cognito-identity-js';

import { PASSWORD, Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';
import { totp } from '../lib/totp.js';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;

/** A user as a browser has it. */
function userOf(pool) {
	const userPool = new CognitoUserPool({
		UserPoolId: pool.id,
		ClientId: pool.clientId,
		endpoint: pool.server.endpoint,
	});
	return new CognitoUser({ Username: 'alice', Pool: userPool });
}

/** Calls a function of the library; resolves with the name of the callback and what it was given. */
function answered(start) {
	return new Promise((resolve, reject) => {
		const names = ['onSuccess', 'totpRequired', 'mfaSetup', 'mfaRequired', 'associateSecretCode'];
		const callbacks = names.map(name => [name, (...given) => resolve({ name, given })]);
		start({ ...Object.fromEntries(callbacks), onFailure: reject });
	});
}

function authenticate(user) {
	const details = new AuthenticationDetails({ Username: 'alice', Password: PASSWORD });
	return answered(callbacks => user.authenticateUser(details, callbacks));
}

describe('amazon-cognito-identity-js, second factors', () => {
	let server, pool;
	before(async () => {
		server = await sharedServer();
		pool = await Pool.make(server);
		await pool.addUser('alice');
		await pool.admin.setUserPoolMfaConfig({
			UserPoolId: pool.id,
			MfaConfiguration: 'ON',
			SoftwareTokenMfaConfiguration: { Enabled: true },
		});
	});
	after(() => server?.stop());

	test('an app is set up while signing in, and asked for the next time', async () => {
		const user = userOf(pool);
		assert.equal((await authenticate(user)).name, 'mfaSetup');
		const associated = await answered(callbacks => user.associateSoftwareToken(callbacks));
		const [secret] = associated.given;
		const done = await answered(callbacks => user.verifySoftwareToken(totp(secret), 'my app', callbacks));
		assert.equal(done.name, 'onSuccess');
		assert.ok(done.given[0].isValid());

		const again = userOf(pool);
		const asked = await authenticate(again);
		assert.equal(asked.name, 'totpRequired');
		assert.equal(asked.given[1].FRIENDLY_DEVICE_NAME, 'my app');
		const answer = code => answered(callbacks => again.sendMFACode(code, callbacks, 'SOFTWARE_TOKEN_MFA'));
		await assert.rejects(answer(totp(secret, -1)), { code: 'ExpiredCodeException' });
		const signedIn = await answer(totp(secret, 1));
		assert.equal(signedIn.given[0].getIdToken().payload['cognito:username'], 'alice');
	});
});
