// The device flow of amazon-cognito-identity-js: what it does by itself when a pool remembers devices.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import identity from 'amazon-cognito-identity-js';

import { PASSWORD, Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;

/** Calls a function that takes an object of callbacks; gives what they were called with. */
function answered(start) {
	return new Promise((resolve, reject) => {
		start({
			onSuccess: (result, confirmationNecessary) => resolve({ result, confirmationNecessary }),
			onFailure: reject,
			mfaRequired: () => resolve({ mfaRequired: true }),
		});
	});
}

/** A browser: it keeps what the library stores. */
class Browser {
	constructor(pool) {
		const items = new Map();
		const Storage = {
			getItem: key => items.get(key) ?? null,
			setItem: (key, value) => items.set(key, value),
			removeItem: key => items.delete(key),
			clear: () => items.clear(),
		};
		this.pool = new CognitoUserPool({
			UserPoolId: pool.id,
			ClientId: pool.clientId,
			endpoint: pool.server.endpoint,
			Storage,
		});
		Object.assign(this, { Storage, items });
	}

	async signIn(Username) {
		const user = new CognitoUser({ Username, Pool: this.pool, Storage: this.Storage });
		const details = new AuthenticationDetails({ Username, Password: PASSWORD });
		return { user, ...(await answered(callbacks => user.authenticateUser(details, callbacks))) };
	}

	/** The key of the device that the library keeps for a user. */
	deviceKey(username) {
		return this.items.get(`CognitoIdentityServiceProvider.${this.pool.getClientId()}.${username}.deviceKey`);
	}
}

const deviceOf = session => session.getAccessToken().payload.device_key;

describe('devices of amazon-cognito-identity-js', () => {
	let server;
	before(async () => {
		server = await sharedServer();
	});
	after(() => server?.stop());

	const always = { DeviceConfiguration: { DeviceOnlyRememberedOnUserPrompt: false } };

	test('a device is confirmed at the first sign-in and proves itself at the next', async () => {
		const pool = await Pool.make(server, always);
		await pool.addUser('dora');
		const browser = new Browser(pool);
		const first = await browser.signIn('dora');
		assert.equal(first.confirmationNecessary, undefined);
		const key = browser.deviceKey('dora');
		assert.equal(deviceOf(first.result), key);
		for (let round = 0; round < 5; round += 1) {
			const { result } = await browser.signIn('dora');
			assert.equal(deviceOf(result), key);
		}
		const { Devices } = await pool.admin.adminListDevices({ UserPoolId: pool.id, Username: 'dora' });
		assert.deepEqual(Devices.map(device => device.DeviceKey), [key]);
		// Another browser gets a key of its own.
		const other = await new Browser(pool).signIn('dora');
		assert.notEqual(deviceOf(other.result), key);
	});

	test('a session is refreshed with the device', async () => {
		const pool = await Pool.make(server, always);
		await pool.addUser('rita');
		const browser = new Browser(pool);
		const { user, result } = await browser.signIn('rita');
		const refreshed = await new Promise((resolve, reject) => {
			user.refreshSession(result.getRefreshToken(), (error, session) => (error ? reject(error) : resolve(session)));
		});
		assert.equal(deviceOf(refreshed), browser.deviceKey('rita'));
	});

	test('a remembered device stands in for a second factor', async () => {
		const pool = await Pool.make(server, {
			DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
		});
		await pool.addUser('mona');
		const browser = new Browser(pool);
		const { user, confirmationNecessary } = await browser.signIn('mona');
		assert.equal(confirmationNecessary, true);
		const UserPoolId = pool.id;
		await pool.admin.adminUpdateUserAttributes({
			UserPoolId,
			Username: 'mona',
			UserAttributes: [{ Name: 'phone_number', Value: '+15550100' }],
		});
		const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' };
		await pool.admin.setUserPoolMfaConfig({
			UserPoolId,
			MfaConfiguration: 'ON',
			SmsMfaConfiguration: { SmsConfiguration },
		});
		assert.equal((await browser.signIn('mona')).mfaRequired, true);
		await answered(callbacks => user.setDeviceStatusRemembered(callbacks));
		const { result } = await browser.signIn('mona');
		assert.equal(deviceOf(result), browser.deviceKey('mona'));
		await answered(callbacks => user.setDeviceStatusNotRemembered(callbacks));
		assert.equal((await browser.signIn('mona')).mfaRequired, true);
	});

	test('devices are read, listed and forgotten', async () => {
		const pool = await Pool.make(server, always);
		await pool.addUser('lina');
		const browser = new Browser(pool);
		const { user } = await browser.signIn('lina');
		const key = browser.deviceKey('lina');
		const read = await answered(callbacks => user.getDevice(callbacks));
		assert.equal(read.result.Device.DeviceKey, key);
		const listed = await answered(callbacks => user.listDevices(10, null, callbacks));
		assert.deepEqual(listed.result.Devices.map(device => device.DeviceKey), [key]);
		await answered(callbacks => user.forgetDevice(callbacks));
		const { Devices } = await pool.admin.adminListDevices({ UserPoolId: pool.id, Username: 'lina' });
		assert.deepEqual(Devices, []);
	});

	test('a device that was forgotten elsewhere becomes a new one', async () => {
		const pool = await Pool.make(server, always);
		await pool.addUser('vera');
		const browser = new Browser(pool);
		await browser.signIn('vera');
		const DeviceKey = browser.deviceKey('vera');
		await pool.admin.adminForgetDevice({ UserPoolId: pool.id, Username: 'vera', DeviceKey });
		// The library hears that the device does not exist and answers again without it.
		const { result } = await browser.signIn('vera');
		assert.notEqual(deviceOf(result), DeviceKey);
		assert.equal(browser.deviceKey('vera'), deviceOf(result));
	});
});
