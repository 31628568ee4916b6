// Single-page applications that send people to the pages of a domain: Amplify v6 and oidc-client-ts in Chromium.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { Domain, SCOPES } from '../lib/domain.js';
import { HttpsProxy } from '../lib/https.js';
import { PASSWORD } from '../lib/pool.js';
import { ownServer } from '../lib/server.js';

/** A call that ends with the page on which it was made. */
const leaving = call =>
	call.catch(error => {
		if (!/context was destroyed|navigation/i.test(error.message)) throw error;
	});

/** Signs in at the pages of a domain. */
async function signIn(page, username) {
	await page.locator('[name=password]').waitFor();
	await page.fill('[name=username]', username);
	await page.fill('[name=password]', PASSWORD);
	await page.click('main form button[type=submit]');
}

const isAtLogin = url => url.pathname.endsWith('/login');

describe('Amplify v6: signInWithRedirect', NEEDS_BROWSER, () => {
	let server, proxy, browser, domain;
	before(async () => {
		server = await ownServer('--trusted-proxies', '127.0.0.1');
		// Amplify knows domains by HTTPS alone.
		proxy = await HttpsProxy.start(server.endpoint);
		browser = await Browser.start('amplify.redirect.page.js');
		domain = await Domain.make(server, browser.url(), { AutoVerifiedAttributes: ['email'] });
		await domain.pool.addUser('alice', ['editors']);
	});
	after(async () => {
		await browser?.stop();
		proxy?.stop();
		await server?.stop();
	});

	/** The library on the application's page as it stands now. */
	async function amplify(page) {
		await page.evaluate(configuration => app.configure(configuration), {
			userPoolId: domain.pool.id,
			userPoolClientId: domain.pool.clientId,
			userPoolEndpoint: server.endpoint,
			loginWith: {
				oauth: {
					domain: `${domain.name}.auth.localhost:${proxy.port}`,
					scopes: SCOPES,
					redirectSignIn: [domain.callback],
					redirectSignOut: [domain.callback],
					responseType: 'code',
				},
			},
		});
		return (name, input) => page.evaluate(call => app.call(...call), [name, input]);
	}

	/** Opens the application, with storage of its own unless a context is given. */
	async function open(context) {
		const page = context ? await context.newPage() : await browser.blank({ ignoreHTTPSErrors: true });
		await page.goto(domain.callback);
		return page;
	}

	/** Leaves for the pages of the domain. */
	async function leave(page, options) {
		const call = await amplify(page);
		await leaving(call('signInWithRedirect', options));
		await page.waitForURL(url => !url.href.startsWith(domain.callback) || url.searchParams.has('code'));
	}

	/** The session after the browser has come back with a code. */
	async function comeBack(page) {
		await page.waitForURL(url => url.href.startsWith(domain.callback) && url.searchParams.has('code'));
		const call = await amplify(page);
		const deadline = Date.now() + 20_000;
		for (;;) {
			const { tokens } = await call('fetchAuthSession');
			if (tokens) return { call, tokens };
			assert.ok(Date.now() < deadline, `no session at ${page.url()}`);
		}
	}

	test('sign-in, with the groups in the session, and sign-out', async () => {
		const page = await open();
		await leave(page, { customState: 'where I was' });
		await page.waitForURL(isAtLogin);
		await signIn(page, 'alice');
		const { call, tokens } = await comeBack(page);
		assert.deepEqual(tokens.accessToken.payload['cognito:groups'], ['editors']);
		assert.equal((await call('getCurrentUser')).username, 'alice');
		assert.ok((await call('fetchUserAttributes')).sub);
		const fresh = await call('fetchAuthSession', { forceRefresh: true });
		assert.notEqual(fresh.tokens.accessToken.payload.jti, tokens.accessToken.payload.jti);

		const loaded = page.waitForEvent('load');
		await leaving(call('signOut'));
		await loaded;
		assert.equal(page.url(), domain.callback);
		await leave(page);
		await page.waitForURL(isAtLogin);
	});

	test('sign-up', async () => {
		const page = await open();
		await leave(page, { options: { prompt: 'LOGIN' } });
		await page.waitForURL(isAtLogin);
		await page.click('a[href*="/signup"]');
		for (const [name, value] of [['username', 'sigrid'], ['email', 'sigrid@example.com'], ['password', PASSWORD]]) {
			await page.fill(`[name="${name}"]`, value);
		}
		await page.click('main form button[type=submit]');
		await page.fill('[name=code]', await codeFor(page, 'sigrid'));
		await page.click('main form button[type=submit]');
		const { call } = await comeBack(page);
		assert.equal((await call('getCurrentUser')).username, 'sigrid');
	});

	/** The code that was sent when the page for it stands. */
	async function codeFor(page, username) {
		await page.locator('[name=code]').waitFor();
		return domain.pool.code(username);
	}

	test('a second tab is signed in by the session of the first', async () => {
		const first = await open();
		await leave(first);
		await first.waitForURL(isAtLogin);
		await signIn(first, 'alice');
		await comeBack(first);
		const second = await open(first.context());
		// The tabs share the storage; a further application of the same domain would not.
		await second.evaluate(() => localStorage.clear());
		await leave(second);
		const { call } = await comeBack(second);
		assert.equal((await call('getCurrentUser')).username, 'alice');
	});
});

describe('oidc-client-ts', NEEDS_BROWSER, () => {
	let server, browser, domain;
	before(async () => {
		server = await ownServer();
		browser = await Browser.start('oidc.page.js');
		// By the name that the server has too: a frame of another site would not get the session's cookie.
		domain = await Domain.make(server, browser.url('127.0.0.1'));
		await domain.pool.addUser('olga', ['editors']);
	});
	after(async () => {
		await browser?.stop();
		await server?.stop();
	});

	/** The library on the application's page as it stands now. */
	async function library(page) {
		await page.evaluate(settings => app.configure(settings), {
			authority: `${server.endpoint}/${domain.pool.id}`,
			client_id: domain.pool.clientId,
			redirect_uri: domain.callback,
			silent_redirect_uri: domain.callback,
			scope: 'openid email',
		});
		return (name, ...parameters) => page.evaluate(call => app.call(...call), [name, ...parameters]);
	}

	async function leave(page, ...parameters) {
		const call = await library(page);
		await leaving(call('signinRedirect', ...parameters));
	}

	/** The user of a page that has gone through the sign-in. */
	async function signedIn() {
		const page = await browser.page('127.0.0.1');
		await leave(page);
		await page.waitForURL(isAtLogin);
		await signIn(page, 'olga');
		await page.waitForURL(url => url.href.startsWith(domain.callback));
		const call = await library(page);
		return { page, call, user: await call('signinCallback', page.url()) };
	}

	test('sign-in by a code with PKCE, and renewal by the refresh token', async () => {
		const { call, user } = await signedIn();
		assert.equal(user.profile['cognito:username'], 'olga');
		assert.deepEqual(user.profile['cognito:groups'], ['editors']);
		const renewed = await call('signinSilent');
		assert.notEqual(renewed.access_token, user.access_token);
		assert.equal(renewed.profile.sub, user.profile.sub);
	});

	test('silent renewal by the session of the browser, until it ends', async () => {
		const { page, call, user } = await signedIn();
		await call('removeUser');
		const renewed = await call('signinSilent');
		assert.equal(renewed.profile.sub, user.profile.sub);
		assert.notEqual(renewed.access_token, user.access_token);

		await call('removeUser');
		await page.context().clearCookies();
		await assert.rejects(call('signinSilent'), /login_required/);
	});

	test('tokens are revoked', async () => {
		const { call, user } = await signedIn();
		await call('revokeTokens', ['refresh_token']);
		await domain.pool.admin
			.initiateAuth({
				AuthFlow: 'REFRESH_TOKEN_AUTH',
				ClientId: domain.pool.clientId,
				AuthParameters: { REFRESH_TOKEN: user.refresh_token },
			})
			.then(assert.fail, error => assert.match(error.message, /revoked/i));
	});
});
