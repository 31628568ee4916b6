// Amplify v6 in Chromium, as single-page applications have it: from sign-up to sign-out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Authenticator, Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { NEW_PASSWORD, PASSWORD, Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';
import { totp } from '../lib/totp.js';

const DONE = { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
const INCORRECT = /NotAuthorizedException: Incorrect username or password\./;

describe('Amplify v6 in Chromium', NEEDS_BROWSER, () => {
	let server, browser;
	before(async () => {
		server = await sharedServer();
		browser = await Browser.start('amplify.page.js');
	});
	after(async () => {
		await browser?.stop();
		await server?.stop();
	});

	/** The library on a page with storage of its own, as a function that calls its functions. */
	async function amplify(pool) {
		const page = await browser.page();
		await page.evaluate(configuration => app.configure(configuration), {
			userPoolId: pool.id,
			userPoolClientId: pool.clientId,
			userPoolEndpoint: server.endpoint,
		});
		const call = (name, input) => page.evaluate(call => app.call(...call), [name, input]);
		return Object.assign(call, { page });
	}

	/** The library with a signed-in user. */
	async function signedIn(pool, username) {
		const call = await amplify(pool);
		assert.deepEqual(await call('signIn', { username, password: PASSWORD }), DONE);
		return call;
	}

	const refreshTokens = async call => (await call('fetchAuthSession', { forceRefresh: true })).tokens;

	test('sign-up, confirmation, sign-in, sign-out', async () => {
		const pool = await Pool.make(server, { AutoVerifiedAttributes: ['email'] });
		const call = await amplify(pool);
		const signUp = await call('signUp', {
			username: 'sigrid',
			password: PASSWORD,
			options: { userAttributes: { email: 'sigrid@example.com' } },
		});
		assert.deepEqual(signUp.nextStep, {
			signUpStep: 'CONFIRM_SIGN_UP',
			codeDeliveryDetails: { destination: 's***@e***', deliveryMedium: 'EMAIL', attributeName: 'email' },
		});
		const early = await call('signIn', { username: 'sigrid', password: PASSWORD });
		assert.deepEqual(early, { isSignedIn: false, nextStep: { signInStep: 'CONFIRM_SIGN_UP' } });

		await call('resendSignUpCode', { username: 'sigrid' });
		const confirmationCode = await pool.code('sigrid');
		const confirmed = await call('confirmSignUp', { username: 'sigrid', confirmationCode });
		assert.deepEqual(confirmed, { isSignUpComplete: true, nextStep: { signUpStep: 'DONE' } });

		const password = 'Wrong-horse-7';
		await assert.rejects(call('signIn', { username: 'sigrid', password }), INCORRECT);
		assert.deepEqual(await call('signIn', { username: 'sigrid', password: PASSWORD }), DONE);
		const user = await call('getCurrentUser');
		assert.equal(user.userId, signUp.userId);
		assert.deepEqual(user.signInDetails, { loginId: 'sigrid', authFlowType: 'USER_SRP_AUTH' });

		await call('signOut', { global: true });
		await assert.rejects(call('getCurrentUser'), /UserUnAuthenticatedException/);
	});

	test('groups are in the session, and tokens are refreshed', async () => {
		const pool = await Pool.make(server);
		await pool.addUser('gina', ['editors', 'viewers']);
		const call = await signedIn(pool, 'gina');
		const { tokens } = await call('fetchAuthSession');
		for (const { payload } of [tokens.idToken, tokens.accessToken]) {
			assert.deepEqual(payload['cognito:groups'], ['editors', 'viewers']);
		}
		const fresh = (await refreshTokens(call)).accessToken.payload;
		assert.notEqual(fresh.jti, tokens.accessToken.payload.jti);
		assert.equal(fresh.origin_jti, tokens.accessToken.payload.origin_jti);

		await pool.admin.adminUserGlobalSignOut({ UserPoolId: pool.id, Username: 'gina' });
		assert.equal(await refreshTokens(call), undefined);
	});

	test('refresh tokens rotate', async () => {
		const pool = await Pool.make(server);
		const { admin, id: UserPoolId, clientId: ClientId } = pool;
		const RefreshTokenRotation = { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 };
		const ExplicitAuthFlows = ['ALLOW_USER_SRP_AUTH'];
		await admin.updateUserPoolClient({ UserPoolId, ClientId, ExplicitAuthFlows, RefreshTokenRotation });
		await pool.addUser('rita');
		const call = await signedIn(pool, 'rita');
		const seen = new Set();
		for (let round = 0; round < 3; round += 1) {
			seen.add((await refreshTokens(call)).accessToken.payload.jti);
		}
		assert.equal(seen.size, 3);
	});

	test('attributes are read, changed, verified and deleted', async () => {
		const pool = await Pool.make(server, { AutoVerifiedAttributes: ['email'] });
		await pool.addUser('attila');
		const call = await signedIn(pool, 'attila');
		const userAttributes = { email: 'attila@example.com', given_name: 'Attila' };
		const { email, given_name: name } = await call('updateUserAttributes', { userAttributes });
		assert.equal(email.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE');
		assert.equal(name.isUpdated, true);
		const confirmationCode = await pool.code('attila');
		await call('confirmUserAttribute', { userAttributeKey: 'email', confirmationCode });
		await call('deleteUserAttributes', { userAttributeKeys: ['given_name'] });
		const { sub, ...rest } = await call('fetchUserAttributes');
		assert.match(sub, /^[0-9a-f-]{36}$/);
		assert.deepEqual(rest, { email: 'attila@example.com', email_verified: 'true' });
	});

	test('a password is changed, forgotten and replaced, and an account deletes itself', async () => {
		const pool = await Pool.make(server);
		await pool.addUser('paula');
		await pool.setVerifiedEmail('paula', 'paula@example.com');
		const call = await signedIn(pool, 'paula');
		await call('updatePassword', { oldPassword: PASSWORD, newPassword: NEW_PASSWORD });
		await call('signOut');
		await assert.rejects(call('signIn', { username: 'paula', password: PASSWORD }), INCORRECT);

		const { nextStep } = await call('resetPassword', { username: 'paula' });
		assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE');
		const confirmationCode = await pool.code('paula');
		await call('confirmResetPassword', { username: 'paula', newPassword: PASSWORD, confirmationCode });
		assert.deepEqual(await call('signIn', { username: 'paula', password: PASSWORD }), DONE);
		await call('deleteUser');
		await assert.rejects(call('signIn', { username: 'paula', password: PASSWORD }), /UserNotFoundException/);
	});

	test('a temporary password must be replaced', async () => {
		const pool = await Pool.make(server);
		await pool.admin.adminCreateUser({
			UserPoolId: pool.id,
			Username: 'tomas',
			TemporaryPassword: PASSWORD,
			MessageAction: 'SUPPRESS',
		});
		const call = await amplify(pool);
		const { nextStep } = await call('signIn', { username: 'tomas', password: PASSWORD });
		assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
		assert.deepEqual(await call('confirmSignIn', { challengeResponse: NEW_PASSWORD }), DONE);
	});

	describe('second factors', () => {
		/** A pool whose users may, or must, have an app that shows codes. */
		async function poolWithCodes(MfaConfiguration, settings) {
			const pool = await Pool.make(server, settings);
			const SoftwareTokenMfaConfiguration = { Enabled: true };
			const { id: UserPoolId } = pool;
			await pool.admin.setUserPoolMfaConfig({ UserPoolId, MfaConfiguration, SoftwareTokenMfaConfiguration });
			await pool.addUser('alice');
			return pool;
		}

		test('an app is set up, preferred and asked for', async () => {
			const pool = await poolWithCodes('OPTIONAL');
			const call = await signedIn(pool, 'alice');
			const { sharedSecret } = await call('setUpTOTP');
			await call('verifyTOTPSetup', { code: totp(sharedSecret) });
			await call('updateMFAPreference', { totp: 'PREFERRED' });
			const preference = { enabled: ['TOTP'], preferred: 'TOTP' };
			assert.deepEqual(await call('fetchMFAPreference'), preference);
			await call('signOut');

			const { nextStep } = await call('signIn', { username: 'alice', password: PASSWORD });
			assert.deepEqual(nextStep, { signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' });
			const wrong = call('confirmSignIn', { challengeResponse: totp(sharedSecret, 7) });
			await assert.rejects(wrong, /CodeMismatchException/);
			const challengeResponse = totp(sharedSecret, 1);
			assert.deepEqual(await call('confirmSignIn', { challengeResponse }), DONE);
		});

		test('an app is set up while signing in', async () => {
			const call = await amplify(await poolWithCodes('ON'));
			const { nextStep } = await call('signIn', { username: 'alice', password: PASSWORD });
			assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
			const challengeResponse = totp(nextStep.totpSetupDetails.sharedSecret);
			assert.deepEqual(await call('confirmSignIn', { challengeResponse }), DONE);
		});

		test('a remembered device stands in for the code', async () => {
			const DeviceConfiguration = {
				ChallengeRequiredOnNewDevice: true,
				DeviceOnlyRememberedOnUserPrompt: false,
			};
			const call = await amplify(await poolWithCodes('ON', { DeviceConfiguration }));
			const { nextStep } = await call('signIn', { username: 'alice', password: PASSWORD });
			const { sharedSecret } = nextStep.totpSetupDetails;
			assert.deepEqual(await call('confirmSignIn', { challengeResponse: totp(sharedSecret) }), DONE);
			const [device, ...others] = await call('fetchDevices');
			assert.deepEqual(others, []);
			const { tokens } = await call('fetchAuthSession');
			assert.equal(tokens.accessToken.payload.device_key, device.id);
			await refreshTokens(call);
			await call('signOut');

			for (let round = 0; round < 3; round += 1) {
				assert.deepEqual(await call('signIn', { username: 'alice', password: PASSWORD }), DONE);
				await call('signOut');
			}
			assert.deepEqual(await call('signIn', { username: 'alice', password: PASSWORD }), DONE);
			await call('forgetDevice');
			await call('signOut');
			const again = await call('signIn', { username: 'alice', password: PASSWORD });
			assert.equal(again.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
		});
	});

	describe('choice-based sign-in', () => {
		let pool;
		before(async () => {
			const AllowedFirstAuthFactors = ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'];
			pool = await Pool.make(server, {
				AutoVerifiedAttributes: ['email'],
				Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
			});
			await pool.admin.setUserPoolMfaConfig({
				UserPoolId: pool.id,
				MfaConfiguration: 'OFF',
				WebAuthnConfiguration: { RelyingPartyId: 'localhost', UserVerification: 'required' },
			});
			await pool.allow('ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH');
			for (const name of ['carla', 'petra']) {
				await pool.addUser(name);
				await pool.setVerifiedEmail(name, `${name}@example.com`);
			}
		});

		/** Begins a sign-in with a preferred challenge, or none. */
		const begin = (call, username, preferredChallenge, password) =>
			call('signIn', { username, password, options: { authFlowType: 'USER_AUTH', preferredChallenge } });

		for (const preferred of ['PASSWORD_SRP', 'PASSWORD']) {
			test(`${preferred} is preferred`, async () => {
				const call = await amplify(pool);
				assert.deepEqual(await begin(call, 'carla', preferred, PASSWORD), DONE);
				const { signInDetails } = await call('getCurrentUser');
				assert.equal(signInDetails.authFlowType, 'USER_AUTH');
				await call('signOut');
				await assert.rejects(begin(call, 'carla', preferred, NEW_PASSWORD), INCORRECT);
			});
		}

		test('EMAIL_OTP is preferred', async () => {
			const call = await amplify(pool);
			const { nextStep } = await begin(call, 'carla', 'EMAIL_OTP');
			const codeDeliveryDetails = { deliveryMedium: 'EMAIL', destination: 'c***@e***' };
			assert.deepEqual(nextStep, { signInStep: 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', codeDeliveryDetails });
			const challengeResponse = await pool.code('carla');
			assert.deepEqual(await call('confirmSignIn', { challengeResponse }), DONE);
		});

		test('a factor is selected', async () => {
			const selecting = async challengeResponse => {
				const call = await amplify(pool);
				const { nextStep } = await begin(call, 'carla');
				assert.deepEqual(nextStep, {
					signInStep: 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION',
					availableChallenges: ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP'],
				});
				return { call, ...(await call('confirmSignIn', { challengeResponse })) };
			};
			for (const factor of ['PASSWORD_SRP', 'PASSWORD']) {
				const { call, nextStep } = await selecting(factor);
				assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_PASSWORD');
				assert.deepEqual(await call('confirmSignIn', { challengeResponse: PASSWORD }), DONE);
			}
			const { call, nextStep } = await selecting('EMAIL_OTP');
			assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
			const challengeResponse = await pool.code('carla');
			assert.deepEqual(await call('confirmSignIn', { challengeResponse }), DONE);
		});

		test('a new user without a password is signed in by the code that confirms', async () => {
			const call = await amplify(pool);
			const { nextStep } = await call('signUp', {
				username: 'nora',
				options: { userAttributes: { email: 'nora@example.com' }, autoSignIn: { authFlowType: 'USER_AUTH' } },
			});
			assert.equal(nextStep.signUpStep, 'CONFIRM_SIGN_UP');
			const confirmationCode = await pool.code('nora');
			const confirmed = await call('confirmSignUp', { username: 'nora', confirmationCode });
			assert.equal(confirmed.nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
			assert.deepEqual(await call('autoSignIn'), DONE);
			assert.equal((await call('getCurrentUser')).username, 'nora');
		});

		test('a passkey is registered, signs in and is deleted', async () => {
			const call = await amplify(pool);
			await Authenticator.plugInto(call.page);
			assert.deepEqual(await begin(call, 'petra', 'PASSWORD_SRP', PASSWORD), DONE);
			await call('associateWebAuthnCredential');
			const { credentials } = await call('listWebAuthnCredentials');
			assert.equal(credentials.length, 1);
			assert.equal(credentials[0].relyingPartyId, 'localhost');
			await call('signOut');

			assert.deepEqual(await begin(call, 'petra', 'WEB_AUTHN'), DONE);
			await call('signOut');
			const { nextStep } = await begin(call, 'petra');
			assert.ok(nextStep.availableChallenges.includes('WEB_AUTHN'));
			assert.deepEqual(await call('confirmSignIn', { challengeResponse: 'WEB_AUTHN' }), DONE);
			await call('deleteWebAuthnCredential', { credentialId: credentials[0].credentialId });
			assert.deepEqual((await call('listWebAuthnCredentials')).credentials, []);
		});
	});
});
