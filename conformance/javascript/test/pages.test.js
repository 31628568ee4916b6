// The pages of a domain in Chromium: without scripts, by keyboard, and each page looked at.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Authenticator, Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { Domain } from '../lib/domain.js';
import { look } from '../lib/look.js';
import { NEW_PASSWORD, PASSWORD } from '../lib/pool.js';
import { ownServer } from '../lib/server.js';
import { totp } from '../lib/totp.js';

describe('pages of a domain in Chromium', NEEDS_BROWSER, () => {
	let server, browser;
	before(async () => {
		// A server of its own: its clock is moved.
		server = await ownServer();
		browser = await Browser.start('oidc.page.js');
	});
	after(async () => {
		await browser?.stop();
		await server?.stop();
	});

	const makeDomain = settings => Domain.make(server, browser.url(), settings);

	/** Fills fields by their names, and sends their form. */
	async function send(page, fields) {
		for (const [name, value] of Object.entries(fields)) await page.fill(`[name="${name}"]`, value);
		await page.locator('main form button[type=submit]').first().click();
	}

	const choose = (page, factor) => page.click(`button[name=factor][value="${factor}"]`);
	const problem = page => page.locator('[aria-invalid=true], [role=alert]').first().waitFor();

	/** Whom the browser has brought back to the application. */
	async function cameBack(page, domain) {
		await page.waitForURL(url => url.href.startsWith(domain.callback));
		const { searchParams } = new URL(page.url());
		assert.equal(searchParams.get('state'), 'the state', page.url());
		return (await domain.claims(page.url()))['cognito:username'];
	}

	test('a new user signs up, confirms, and forgets the password, without scripts', async () => {
		const domain = await makeDomain({
			AutoVerifiedAttributes: ['email'],
			Schema: [{ Name: 'email', Required: true }],
		});
		const page = await browser.withoutScripts();
		await page.goto(domain.authorize());
		await look(page, 'sign-in');
		await send(page, { username: 'sigrid', password: 'wrong' });
		await problem(page);
		await look(page, 'sign-in-refused');

		await page.click('a[href*="/signup"]');
		await look(page, 'sign-up');
		const person = { username: 'sigrid', email: 'sigrid@example.com' };
		await send(page, { ...person, password: 'short' });
		await problem(page);
		await look(page, 'sign-up-refused');
		await send(page, { ...person, password: PASSWORD });
		await page.locator('[name=code]').waitFor();
		await look(page, 'confirm');
		await send(page, { code: '000000' });
		await problem(page);
		await send(page, { code: await domain.pool.code('sigrid') });
		assert.equal(await cameBack(page, domain), 'sigrid');

		const other = await browser.withoutScripts();
		await other.goto(domain.authorize());
		await other.click('a[href*="/forgotPassword"]');
		await look(other, 'forgot-password');
		await send(other, { username: 'sigrid' });
		await other.locator('[name=code]').waitFor();
		await look(other, 'reset-password');
		const fields = { code: await domain.pool.code('sigrid') };
		for (const input of await other.locator('input[autocomplete="new-password"]').all()) {
			fields[await input.getAttribute('name')] = NEW_PASSWORD;
		}
		await send(other, fields);
		if (new URL(other.url()).pathname.endsWith('/login')) {
			await send(other, { username: 'sigrid', password: NEW_PASSWORD });
		}
		assert.equal(await cameBack(other, domain), 'sigrid');
	});

	test('a person signs in by keyboard', async () => {
		const domain = await makeDomain();
		await domain.pool.addUser('kim');
		const page = await browser.blank();
		await page.goto(domain.authorize());
		// The first field has the focus, once the page is there.
		await page.waitForFunction(() => document.activeElement.name === 'username');
		await page.keyboard.type('kim');
		for (let step = 0; step < 4; step += 1) {
			await page.keyboard.press('Tab');
			if (await page.evaluate(() => document.activeElement.name === 'password')) break;
		}
		await page.keyboard.type(PASSWORD);
		await page.keyboard.press('Enter');
		assert.equal(await cameBack(page, domain), 'kim');
	});

	test('a temporary password is replaced', async () => {
		const domain = await makeDomain();
		await domain.pool.admin.adminCreateUser({
			UserPoolId: domain.pool.id,
			Username: 'tomas',
			TemporaryPassword: PASSWORD,
			MessageAction: 'SUPPRESS',
		});
		const page = await browser.withoutScripts();
		await page.goto(domain.authorize());
		await send(page, { username: 'tomas', password: PASSWORD });
		await page.locator('input[autocomplete="new-password"]').first().waitFor();
		await look(page, 'new-password');
		const name = await page.locator('input[autocomplete="new-password"]').first().getAttribute('name');
		await send(page, { [name]: NEW_PASSWORD });
		assert.equal(await cameBack(page, domain), 'tomas');
	});

	test('an app that shows codes is set up and asked for', async () => {
		const domain = await makeDomain();
		await domain.pool.admin.setUserPoolMfaConfig({
			UserPoolId: domain.pool.id,
			MfaConfiguration: 'ON',
			SoftwareTokenMfaConfiguration: { Enabled: true },
		});
		await domain.pool.addUser('alice');
		const page = await browser.withoutScripts();
		await page.goto(domain.authorize());
		await send(page, { username: 'alice', password: PASSWORD });
		await page.locator('[name=code]').waitFor();
		await look(page, 'set-up-app');
		const key = await page.locator('[data-key]').getAttribute('data-key');
		const link = new URL(await page.locator('a[href^="otpauth:"]').getAttribute('href'));
		assert.equal(link.searchParams.get('secret'), key);
		await send(page, { code: totp(key) });
		assert.equal(await cameBack(page, domain), 'alice');

		const other = await browser.withoutScripts();
		await other.goto(domain.authorize());
		await send(other, { username: 'alice', password: PASSWORD });
		await other.locator('[name=code]').waitFor();
		await look(other, 'code');
		await send(other, { code: totp(key, 1) });
		assert.equal(await cameBack(other, domain), 'alice');
	});

	test('a first factor is chosen', async () => {
		const domain = await makeDomain({
			AutoVerifiedAttributes: ['email'],
			Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
		});
		await domain.allow('ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH');
		await domain.pool.addUser('carla');
		await domain.pool.setVerifiedEmail('carla', 'carla@example.com');
		for (const [factor, field] of [['PASSWORD', 'password'], ['EMAIL_OTP', 'code']]) {
			const page = await browser.withoutScripts();
			await page.goto(domain.authorize());
			await send(page, { username: 'carla' });
			await page.locator('[name=factor]').first().waitFor();
			await look(page, 'choose-factor');
			await choose(page, factor);
			await page.locator(`[name=${field}]`).waitFor();
			await look(page, `first-${field}`);
			await send(page, { [field]: field === 'code' ? await domain.pool.code('carla') : PASSWORD });
			assert.equal(await cameBack(page, domain), 'carla');
		}
	});

	test('an account is chosen, and the session ends', async () => {
		const domain = await makeDomain();
		await domain.pool.addUser('anna');
		const page = await browser.withoutScripts();
		await page.goto(domain.authorize());
		await send(page, { username: 'anna', password: PASSWORD });
		await cameBack(page, domain);
		await page.goto(domain.authorize());
		await cameBack(page, domain);

		await page.goto(domain.authorize({ prompt: 'select_account' }));
		await look(page, 'choose-account');
		await page.click('button[name=account]');
		assert.equal(await cameBack(page, domain), 'anna');

		const query = new URLSearchParams({ client_id: domain.pool.clientId, logout_uri: domain.callback });
		await page.goto(`${domain.url}/logout?${query}`);
		assert.equal(page.url(), domain.callback);
		await page.goto(domain.authorize());
		assert.ok(new URL(page.url()).pathname.endsWith('/login'));
	});

	test('people see and change what is theirs', async () => {
		const domain = await makeDomain({ AutoVerifiedAttributes: ['email'] });
		await domain.pool.admin.setUserPoolMfaConfig({
			UserPoolId: domain.pool.id,
			MfaConfiguration: 'OPTIONAL',
			SoftwareTokenMfaConfiguration: { Enabled: true },
		});
		await domain.pool.addUser('olga');
		await domain.pool.setVerifiedEmail('olga', 'olga@example.com');
		const page = await browser.withoutScripts();
		await page.goto(`${domain.url}/account?client_id=${domain.pool.clientId}`);
		await send(page, { username: 'olga', password: PASSWORD });
		await page.locator('[name=email]').waitFor();
		await look(page, 'account');
		await page.fill('[name=name]', 'Olga');
		await page.locator('section:has([name=name]) button[type=submit]').first().click();
		await page.locator('[role=status]').waitFor();
		const { UserAttributes } = await domain.pool.admin.adminGetUser({ UserPoolId: domain.pool.id, Username: 'olga' });
		assert.equal(UserAttributes.find(({ Name }) => Name === 'name').Value, 'Olga');
	});

	test('a passkey is added, and signs in at once', async () => {
		const domain = await makeDomain({
			Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
		});
		await domain.allow('ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH');
		await domain.pool.addUser('petra');
		const page = await browser.blank();
		await Authenticator.plugInto(page);
		await page.goto(`${domain.url}/passkeys/add?${new URL(domain.authorize()).searchParams}`);
		await send(page, { username: 'petra' });
		await send(page, { password: PASSWORD });
		await page.locator('form[data-passkey=create] button').waitFor();
		await look(page, 'add-passkey');
		await page.click('form[data-passkey=create] button');
		assert.equal(await cameBack(page, domain), 'petra');

		await page.context().clearCookies();
		await page.goto(domain.authorize());
		// A browser may offer it in the field before the button is pressed.
		const isThere = page.waitForURL(url => url.href.startsWith(domain.callback));
		await Promise.any([isThere, page.click('form[data-passkey=get] button')]);
		assert.equal(await cameBack(page, domain), 'petra');
	});

	test('what a browser repeats does no harm', async () => {
		const domain = await makeDomain();
		await domain.pool.addUser('bea');
		const page = await browser.blank();
		await page.goto(domain.authorize());
		await page.fill('[name=username]', 'bea');
		await page.fill('[name=password]', PASSWORD);
		await page.locator('main form').evaluate(form => {
			form.submit();
			form.submit();
		});
		await cameBack(page, domain);
		await page.goBack();
		await page.fill('[name=username]', 'bea');
		await page.fill('[name=password]', PASSWORD);
		await page.keyboard.press('Enter');
		assert.equal(await cameBack(page, domain), 'bea');
	});

	test('what leads nowhere says so', async () => {
		const domain = await makeDomain();
		const page = await browser.withoutScripts();
		const answer = await page.goto(domain.authorize({ redirect_uri: 'https://thief.example/"><script>' }));
		assert.equal(answer.status(), 400);
		assert.ok(!(await page.content()).includes('thief.example'));
		await look(page, 'error');
	});

	// The last one: it moves the clock of the server.
	test('a sign-in that was left half-way leads back to its beginning', async () => {
		const domain = await makeDomain();
		await domain.pool.admin.adminCreateUser({
			UserPoolId: domain.pool.id,
			Username: 'erik',
			TemporaryPassword: PASSWORD,
			MessageAction: 'SUPPRESS',
		});
		const page = await browser.withoutScripts();
		await page.goto(domain.authorize());
		await send(page, { username: 'erik', password: PASSWORD });
		const field = page.locator('input[autocomplete="new-password"]').first();
		const name = await field.getAttribute('name');
		await server.advanceClock(6 * 60);
		await send(page, { [name]: NEW_PASSWORD });
		await page.waitForLoadState();
		await look(page, 'expired');
		await page.locator('main a').first().click();
		await page.locator('[name=username]').waitFor();
	});
});
