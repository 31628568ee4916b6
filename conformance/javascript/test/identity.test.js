// amazon-cognito-identity-js, the library under Amplify: from sign-up to sign-out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import identity from 'amazon-cognito-identity-js';

import { NEW_PASSWORD, PASSWORD, Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';

const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = identity;

/** Calls a function that takes a Node callback as its last argument. */
function called(start) {
	return new Promise((resolve, reject) => {
		start((error, result) => (error ? reject(error) : resolve(result)));
	});
}

/** Calls a function that takes an object of callbacks. */
function answered(start) {
	return new Promise((resolve, reject) => {
		start({
			onSuccess: resolve,
			onFailure: reject,
			inputVerificationCode: resolve,
			newPasswordRequired: (userAttributes, requiredAttributes) =>
				resolve({ newPasswordRequired: { userAttributes, requiredAttributes } }),
		});
	});
}

/** A user as a browser has it: nothing but the ids of pool and client, and the endpoint. */
function userOf(pool, Username) {
	const Pool = new CognitoUserPool({
		UserPoolId: pool.id,
		ClientId: pool.clientId,
		endpoint: pool.server.endpoint,
	});
	return new CognitoUser({ Username, Pool });
}

async function signedIn(pool, Username, Password = PASSWORD) {
	const user = userOf(pool, Username);
	const details = new AuthenticationDetails({ Username, Password });
	const session = await answered(callbacks => user.authenticateUser(details, callbacks));
	return { user, session };
}

describe('amazon-cognito-identity-js', () => {
	let server, pool;
	before(async () => {
		server = await sharedServer();
		pool = await Pool.make(server, { AutoVerifiedAttributes: ['email'] });
	});
	after(() => server?.stop());

	test('sign-up, confirmation by code, sign-in with SRP', async () => {
		const { pool: userPool } = userOf(pool, 'sigrid');
		const email = new CognitoUserAttribute({ Name: 'email', Value: 'sigrid@example.com' });
		const signUp = await called(done => userPool.signUp('sigrid', PASSWORD, [email], null, done));
		assert.equal(signUp.userConfirmed, false);
		assert.equal(signUp.codeDeliveryDetails.Destination, 's***@e***');

		await assert.rejects(signedIn(pool, 'sigrid'), { code: 'UserNotConfirmedException' });
		const user = userOf(pool, 'sigrid');
		await called(done => user.resendConfirmationCode(done));
		const code = await pool.code('sigrid');
		assert.equal(await called(done => user.confirmRegistration(code, false, done)), 'SUCCESS');

		const { session } = await signedIn(pool, 'sigrid');
		assert.ok(session.isValid());
		assert.equal(session.getIdToken().payload.sub, signUp.userSub);
		assert.equal(session.getIdToken().payload.email_verified, true);
	});

	test('a wrong password is refused', async () => {
		await pool.addUser('wanda');
		await assert.rejects(signedIn(pool, 'wanda', 'Wrong-horse-7'), {
			code: 'NotAuthorizedException',
			message: 'Incorrect username or password.',
		});
	});

	test('groups are in the payload of both tokens', async () => {
		await pool.addUser('gina', ['editors', 'viewers']);
		const { session } = await signedIn(pool, 'gina');
		for (const token of [session.getIdToken(), session.getAccessToken()]) {
			assert.deepEqual(token.payload['cognito:groups'], ['editors', 'viewers']);
		}
	});

	test('attributes are read, changed, verified and deleted', async () => {
		await pool.addUser('attila');
		const { user } = await signedIn(pool, 'attila');
		const change = [
			{ Name: 'email', Value: 'attila@example.com' },
			{ Name: 'given_name', Value: 'Attila' },
		];
		assert.equal(await called(done => user.updateAttributes(change, done)), 'SUCCESS');
		const code = await pool.code('attila');
		assert.equal(await answered(callbacks => user.verifyAttribute('email', code, callbacks)), 'SUCCESS');
		assert.equal(await called(done => user.deleteAttributes(['given_name'], done)), 'SUCCESS');

		const attributes = await called(done => user.getUserAttributes(done));
		const { sub, ...rest } = Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));
		assert.match(sub, /^[0-9a-f-]{36}$/);
		assert.deepEqual(rest, { email: 'attila@example.com', email_verified: 'true' });
	});

	test('a password is changed', async () => {
		await pool.addUser('chloe');
		const { user } = await signedIn(pool, 'chloe');
		assert.equal(await called(done => user.changePassword(PASSWORD, NEW_PASSWORD, done)), 'SUCCESS');
		assert.ok((await signedIn(pool, 'chloe', NEW_PASSWORD)).session.isValid());
		await assert.rejects(signedIn(pool, 'chloe'), { code: 'NotAuthorizedException' });
	});

	test('a forgotten password is replaced by code', async () => {
		await pool.addUser('fiona');
		await pool.setVerifiedEmail('fiona', 'fiona@example.com');
		const user = userOf(pool, 'fiona');
		const asked = await answered(callbacks => user.forgotPassword(callbacks));
		assert.equal(asked.CodeDeliveryDetails.DeliveryMedium, 'EMAIL');
		const code = await pool.code('fiona');
		await answered(callbacks => user.confirmPassword(code, NEW_PASSWORD, callbacks));
		assert.ok((await signedIn(pool, 'fiona', NEW_PASSWORD)).session.isValid());
	});

	test('a temporary password must be replaced', async () => {
		await pool.admin.adminCreateUser({
			UserPoolId: pool.id,
			Username: 'tomas',
			TemporaryPassword: PASSWORD,
			MessageAction: 'SUPPRESS',
		});
		const { user, session: challenge } = await signedIn(pool, 'tomas');
		assert.deepEqual(challenge.newPasswordRequired.requiredAttributes, []);
		const session = await answered(callbacks => user.completeNewPasswordChallenge(NEW_PASSWORD, {}, callbacks));
		assert.equal(session.getAccessToken().payload.username, 'tomas');
	});

	test('a session is refreshed', async () => {
		await pool.addUser('renate');
		const { user, session } = await signedIn(pool, 'renate');
		const fresh = await called(done => user.refreshSession(session.getRefreshToken(), done));
		const [before, now] = [session, fresh].map(one => one.getAccessToken().payload);
		assert.notEqual(now.jti, before.jti);
		assert.equal(now.origin_jti, before.origin_jti);
		assert.equal(fresh.getRefreshToken().getToken(), session.getRefreshToken().getToken());
	});

	test('signing out revokes the refresh token', async () => {
		await pool.addUser('oskar');
		const { user, session } = await signedIn(pool, 'oskar');
		await called(done => user.signOut(done));
		const again = userOf(pool, 'oskar');
		await assert.rejects(called(done => again.refreshSession(session.getRefreshToken(), done)), {
			code: 'NotAuthorizedException',
			message: 'Refresh Token has been revoked',
		});
	});

	test('a global sign-out ends every session', async () => {
		await pool.addUser('gustav');
		const [first, second] = [await signedIn(pool, 'gustav'), await signedIn(pool, 'gustav')];
		assert.equal(await answered(callbacks => first.user.globalSignOut(callbacks)), 'SUCCESS');
		await assert.rejects(called(done => second.user.getUserAttributes(done)), {
			code: 'NotAuthorizedException',
			message: 'Access Token has been revoked',
		});
	});

	test('an account deletes itself', async () => {
		await pool.addUser('delia');
		const { user } = await signedIn(pool, 'delia');
		assert.equal(await called(done => user.deleteUser(done)), 'SUCCESS');
		await assert.rejects(signedIn(pool, 'delia'), { code: 'UserNotFoundException' });
	});
});
