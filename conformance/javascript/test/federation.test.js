// Signing in at an identity provider that others wrote (npm oidc-provider), in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { Pool } from '../lib/pool.js';
import { Application, IdentityProvider } from '../lib/provider.js';
import { sharedServer } from '../lib/server.js';

const people = {
	ada: { email: 'ada@example.com', email_verified: true, name: 'Ada' },
	bob: { email: 'bob@example.com', email_verified: true, name: 'Bob' },
};

let server;
let browser;
let provider;
let app;
let pool;
let domain;
let client;

before(async () => {
	if (NEEDS_BROWSER.skip) return;
	server = await sharedServer();
	browser = await Browser.start('passkeys.page.js');
	app = await Application.start();
	pool = await Pool.make(server);
	const name = `corp${Date.now()}`;
	domain = `${server.endpoint}/_domains/${name}`;
	provider = await IdentityProvider.start(people, `${domain}/oauth2/idpresponse`);
	const UserPoolId = pool.id;
	await pool.admin.createUserPoolDomain({ UserPoolId, Domain: name });
	await pool.admin.createIdentityProvider({
		UserPoolId,
		ProviderName: 'Corp',
		ProviderType: 'OIDC',
		ProviderDetails: provider.details,
		AttributeMapping: { email: 'email', email_verified: 'email_verified', name: 'name' },
	});
	const { UserPoolClient } = await pool.admin.createUserPoolClient({
		UserPoolId,
		ClientName: 'web',
		AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthFlows: ['code'],
		AllowedOAuthScopes: ['openid', 'email', 'profile'],
		CallbackURLs: [app.url],
		LogoutURLs: [app.url],
		SupportedIdentityProviders: ['COGNITO', 'Corp'],
	});
	client = UserPoolClient.ClientId;
});

after(async () => {
	provider?.stop();
	app?.stop();
	await browser?.stop();
	await server?.stop();
});

/** Where signing in begins. */
function authorize(more = {}) {
	const query = { response_type: 'code', client_id: client, redirect_uri: app.url, scope: 'openid email profile' };
	return `${domain}/oauth2/authorize?${new URLSearchParams({ ...query, ...more })}`;
}

/** Signs in at the provider's own page. */
async function signInThere(page, person) {
	await page.waitForURL(url => url.href.startsWith(provider.issuer));
	await page.fill('input[name=login]', person);
	await page.fill('input[name=password]', 'any');
	await page.click('button[type=submit]');
	// Whether the pool may know.
	await page.click('button[type=submit]');
}

/** The claims of the ID token for which the code is redeemed that came back to the application. */
async function claims(page) {
	await page.waitForURL(url => url.href.startsWith(app.url));
	const parameters = new URL(page.url()).searchParams;
	assert.equal(parameters.get('error'), null, parameters.get('error_description'));
	const form = { grant_type: 'authorization_code', client_id: client, redirect_uri: app.url };
	const answer = await fetch(`${domain}/oauth2/token`, {
		method: 'POST',
		body: new URLSearchParams({ ...form, code: parameters.get('code') }),
	});
	const tokens = await answer.json();
	assert.equal(answer.status, 200, JSON.stringify(tokens));
	return JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
}

test('the first sign-in makes a user, the second changes it', NEEDS_BROWSER, async () => {
	const page = await browser.blank();
	await page.goto(authorize());
	await page.click('text=Corp');
	await signInThere(page, 'ada');
	const first = await claims(page);
	assert.equal(first['cognito:username'], 'Corp_ada');
	assert.deepEqual(first['cognito:groups'], [`${pool.id}_Corp`]);
	assert.deepEqual([first.email, first.email_verified, first.name], ['ada@example.com', true, 'Ada']);
	assert.equal(first.identities[0].userId, 'ada');
	people.ada.name = 'Ada Lovelace';
	const again = await browser.blank();
	await again.goto(authorize({ identity_provider: 'Corp' }));
	await signInThere(again, 'ada');
	const second = await claims(again);
	assert.equal(second.name, 'Ada Lovelace');
	assert.equal(second.sub, first.sub);
});

test('a linked user signs in as the one they are linked to', NEEDS_BROWSER, async () => {
	await pool.addUser('robert');
	await pool.admin.adminLinkProviderForUser({
		UserPoolId: pool.id,
		DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'robert' },
		SourceUser: { ProviderName: 'Corp', ProviderAttributeName: 'email', ProviderAttributeValue: 'bob@example.com' },
	});
	const page = await browser.blank();
	await page.goto(authorize({ identity_provider: 'Corp' }));
	await signInThere(page, 'bob');
	const told = await claims(page);
	assert.deepEqual([told['cognito:username'], told['cognito:groups']], ['robert', undefined]);
	assert.equal(told.identities[0].userId, 'bob');
});

test('a sign-out here is none at the provider', NEEDS_BROWSER, async () => {
	const page = await browser.blank();
	await page.goto(authorize({ identity_provider: 'Corp' }));
	await signInThere(page, 'ada');
	await claims(page);
	await page.goto(`${domain}/logout?${new URLSearchParams({ client_id: client, logout_uri: app.url })}`);
	// Nobody is signed in here any more.
	await page.goto(authorize());
	await page.waitForSelector('text=Corp');
	// There they still are: nothing is asked.
	await page.click('text=Corp');
	assert.equal((await claims(page))['cognito:username'], 'Corp_ada');
});

test('who refuses there comes back with that', NEEDS_BROWSER, async () => {
	const page = await browser.blank();
	await page.goto(authorize({ identity_provider: 'Corp', state: 'mine' }));
	await page.waitForURL(url => url.href.startsWith(provider.issuer));
	await page.click('text=Cancel');
	await page.waitForURL(url => url.href.startsWith(app.url));
	const parameters = new URL(page.url()).searchParams;
	assert.deepEqual([parameters.get('error'), parameters.get('state')], ['access_denied', 'mine']);
});
