// Signing in and out at a SAML provider that others wrote (npm samlp), in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { HttpsProxy } from '../lib/https.js';
import { Pool } from '../lib/pool.js';
import { Application } from '../lib/provider.js';
import { SamlProvider } from '../lib/saml.js';
import { ownServer } from '../lib/server.js';

const people = {
	ada: { mail: 'ada@example.com', cn: 'Ada' },
	bob: { mail: 'bob@example.com', cn: 'Bob' },
};

let server, proxy, browser, provider, app, pool, domain, client, certificate;

before(async () => {
	if (NEEDS_BROWSER.skip) return;
	server = await ownServer('--trusted-proxies', '127.0.0.1');
	// A browser sends the cookie of a sign-in along with another site's form over TLS alone.
	proxy = await HttpsProxy.start(server.endpoint);
	browser = await Browser.start();
	app = await Application.start();
	provider = await SamlProvider.start(people);
	pool = await Pool.make(server);
	const UserPoolId = pool.id;
	const Domain = `saml${Date.now()}`;
	domain = `https://${Domain}.auth.localhost:${proxy.port}`;
	await pool.admin.createUserPoolDomain({ UserPoolId, Domain });
	await pool.admin.createIdentityProvider({
		UserPoolId,
		ProviderName: 'Adfs',
		ProviderType: 'SAML',
		ProviderDetails: details(),
		AttributeMapping: { email: 'mail', name: 'cn' },
	});
	const { UserPoolClient } = await pool.admin.createUserPoolClient({
		UserPoolId,
		ClientName: 'web',
		AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthFlows: ['code'],
		AllowedOAuthScopes: ['openid', 'email', 'profile'],
		CallbackURLs: [app.url],
		LogoutURLs: [app.url],
		SupportedIdentityProviders: ['Adfs'],
	});
	client = UserPoolClient.ClientId;
	({ Certificate: certificate } = await pool.admin.getSigningCertificate({ UserPoolId }));
	provider.trust({ poolId: pool.id, base: domain, certificate });
});

after(async () => {
	provider?.stop();
	app?.stop();
	await browser?.stop();
	proxy?.stop();
	await server?.stop();
});

function details(more = {}) {
	return { MetadataURL: `${provider.url}/metadata`, IDPSignout: 'true', ...more };
}

async function change(more) {
	const { IdentityProvider } = await pool.admin.updateIdentityProvider({
		UserPoolId: pool.id,
		ProviderName: 'Adfs',
		ProviderDetails: details(more),
	});
	return IdentityProvider.ProviderDetails;
}

/** Where signing in begins; with another client's page than the provider's. */
function authorize() {
	const query = { response_type: 'code', client_id: client, redirect_uri: app.url, scope: 'openid email profile' };
	return `${domain}/oauth2/authorize?${new URLSearchParams({ ...query, identity_provider: 'Adfs' })}`;
}

/** A page in which somebody signed in at the provider. */
async function signIn(person) {
	const page = await browser.blank({ ignoreHTTPSErrors: true });
	await page.goto(authorize());
	await page.click(`text=${person}`);
	await atApp(page);
	return page;
}

async function atApp(page) {
	await page.waitForURL(url => url.href.startsWith(app.url));
}

/** The claims of the ID token for which the code is redeemed that came back to the application. */
async function claims(page) {
	const parameters = new URL(page.url()).searchParams;
	assert.equal(parameters.get('error'), null, parameters.get('error_description'));
	const [, name] = domain.match(/^https:\/\/([^.]+)/);
	const answer = await fetch(`${server.endpoint}/_domains/${name}/oauth2/token`, {
		method: 'POST',
		body: new URLSearchParams({
			grant_type: 'authorization_code',
			client_id: client,
			redirect_uri: app.url,
			code: parameters.get('code'),
		}),
	});
	const tokens = await answer.json();
	assert.equal(answer.status, 200, JSON.stringify(tokens));
	return JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
}

/** Whether the pool leads to the provider, because nobody is signed in. */
async function mustSignIn(page) {
	await page.goto(authorize());
	return page.url().startsWith(provider.url);
}

test('the first sign-in makes a user, the second changes it', NEEDS_BROWSER, async () => {
	const first = await claims(await signIn('ada'));
	assert.equal(first['cognito:username'], 'Adfs_ada');
	assert.deepEqual([first.email, first.name], ['ada@example.com', 'Ada']);
	assert.deepEqual([first.identities[0].providerType, first.identities[0].issuer], ['SAML', provider.url]);
	people.ada.cn = 'Ada Lovelace';
	const second = await claims(await signIn('ada'));
	assert.deepEqual([second.sub, second.name], [first.sub, 'Ada Lovelace']);
});

test('a linked user signs in as the one they are linked to', NEEDS_BROWSER, async () => {
	await pool.addUser('robert');
	await pool.admin.adminLinkProviderForUser({
		UserPoolId: pool.id,
		DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'robert' },
		SourceUser: { ProviderName: 'Adfs', ProviderAttributeName: 'email', ProviderAttributeValue: 'bob@example.com' },
	});
	assert.equal((await claims(await signIn('bob')))['cognito:username'], 'robert');
});

test('a sign-out here is one at the provider', NEEDS_BROWSER, async () => {
	const page = await signIn('ada');
	await page.goto(`${domain}/logout?${new URLSearchParams({ client_id: client, logout_uri: app.url })}`);
	await atApp(page);
	assert.equal(provider.sessions.hasElements(), false);
	assert.ok(await mustSignIn(page));
});

test('a sign-out at the provider is one here', NEEDS_BROWSER, async () => {
	const page = await signIn('ada');
	assert.equal(await mustSignIn(page), false);
	// The provider's request goes there and our signed answer comes back.
	await page.goto(`${provider.url}/logout`);
	await page.waitForURL(url => url.href.startsWith(provider.url) && url.searchParams.has('SAMLResponse'));
	assert.equal(provider.sessions.hasElements(), false, await page.content());
	assert.ok(await mustSignIn(page));
});

test('encrypted assertions', NEEDS_BROWSER, async () => {
	const { ActiveEncryptionCertificate: encryption } = await change({ EncryptedResponses: 'true' });
	provider.trust({ poolId: pool.id, base: domain, certificate, encryption });
	assert.equal((await claims(await signIn('ada')))['cognito:username'], 'Adfs_ada');
	await change();
	provider.trust({ poolId: pool.id, base: domain, certificate });
});

test('a sign-in that begins at the provider', NEEDS_BROWSER, async () => {
	await change({ IDPInit: 'true' });
	const relayState = new URLSearchParams({
		identity_provider: 'Adfs',
		client_id: client,
		redirect_uri: app.url,
		response_type: 'code',
		scope: 'openid+email',
	});
	const page = await browser.blank({ ignoreHTTPSErrors: true });
	await page.goto(`${provider.url}/sso?${new URLSearchParams({ RelayState: relayState })}`);
	await page.click('text=ada');
	await atApp(page);
	assert.equal((await claims(page)).email, 'ada@example.com');
});
