// The Model Context Protocol: its official client and a server protected by its official middleware, with a pool as the
// authorization server, the whole way in Chromium; and the scenarios of its conformance tool.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { DescribeUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decodeJwt } from 'jose';

import { Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { Program, ToolServer } from '../lib/mcp.js';
import { PASSWORD, Pool } from '../lib/pool.js';
import { ownServer, sharedServer } from '../lib/server.js';

const OPEN = { DcrConfiguration: { OpenDcrEnabled: true } };
const CALLBACK = 'http://127.0.0.1/callback';

/** A pool with a domain, alice and the administrator bob. */
async function poolWithDomain(server, settings = {}) {
	const pool = await Pool.make(server, settings);
	pool.issuer = `${server.endpoint}/${pool.id}`;
	const Domain = `mcp-${pool.id.split('_')[1].toLowerCase()}`;
	pool.domain = `${server.endpoint}/_domains/${Domain}`;
	await pool.admin.createUserPoolDomain({ Domain, UserPoolId: pool.id });
	await pool.addUser('alice');
	await pool.addUser('bob', ['admins']);
	return pool;
}

/** A client that an administrator makes. */
async function madeClient(pool, more = {}) {
	const { UserPoolClient } = await pool.admin.createUserPoolClient({
		UserPoolId: pool.id,
		ClientName: 'made',
		AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthFlows: ['code'],
		AllowedOAuthScopes: ['openid', 'profile'],
		CallbackURLs: [CALLBACK],
		SupportedIdentityProviders: ['COGNITO'],
		...more,
	});
	return UserPoolClient.ClientId;
}

/** Connects, or is told to sign in. */
async function connect(tools, program) {
	const client = new Client({ name: 'conformance', version: '1.0.0' });
	const transport = new StreamableHTTPClientTransport(tools.url, { authProvider: program });
	await client.connect(transport);
	return client;
}

async function call(client, name) {
	const { content, isError } = await client.callTool({ name });
	return [content[0].text, isError === true];
}

describe('Model Context Protocol', NEEDS_BROWSER, () => {
	let server, browser;
	before(async () => {
		server = await sharedServer();
		browser = await Browser.start();
	});
	after(async () => {
		await browser?.stop();
		await server?.stop();
	});

	/** Signs a person in on the page that the program opens, and allows what it asks for. Answers what the page said. */
	async function signIn(url, username, asks = true) {
		const page = await browser.blank();
		await page.goto(url);
		await page.fill('[name=username]', username);
		await page.fill('[name=password]', PASSWORD);
		await page.press('[name=password]', 'Enter');
		if (asks) await page.waitForSelector('[name=decision][value=allow]');
		const said = asks ? await page.innerText('main') : '';
		if (asks) await page.click('[name=decision][value=allow]');
		await page.waitForURL(/callback/);
		await page.context().close();
		return said;
	}

	/** The program signs in from nothing. */
	async function authorized(tools, program, username) {
		await assert.rejects(connect(tools, program), UnauthorizedError);
		const said = await signIn(program.authorizationUrl, username);
		const come = await program.arrived;
		assert.equal(come.get('state'), 'the-state');
		const transport = new StreamableHTTPClientTransport(tools.url, { authProvider: program });
		await transport.finishAuth(come.get('code'));
		return { client: await connect(tools, program), said, iss: come.get('iss') };
	}

	test('a program registers itself, signs in, uses tools, refreshes, and is revoked', async t => {
		const pool = await poolWithDomain(server, OPEN);
		const tools = await ToolServer.start(pool.issuer);
		t.after(() => tools.stop());
		const program = await Program.start();
		t.after(() => program.stop());
		const { client, said, iss } = await authorized(tools, program, 'alice');
		assert.equal(iss, pool.issuer);
		assert.match(said, /Conformance/);
		assert.match(said, new RegExp(`127\\.0\\.0\\.1:${program.port}`));
		assert.equal(program.client.client_secret, undefined);
		assert.deepEqual(await call(client, 'whoami'), ['alice', false]);
		assert.deepEqual(await call(client, 'deploy'), ['only for the group admins', true]);
		const claims = decodeJwt(program.saved.access_token);
		assert.equal(claims.aud, tools.url.href);
		assert.equal(claims.client_id, program.client.client_id);

		// A token that is no longer good is refreshed on the way.
		const before = program.saved;
		program.saved = { ...before, access_token: 'expired' };
		assert.deepEqual(await call(await connect(tools, program), 'whoami'), ['alice', false]);
		assert.notEqual(program.saved.access_token, before.access_token);
		assert.equal(decodeJwt(program.saved.access_token).aud, tools.url.href);

		// Once it is revoked, it leads to the page again.
		const body = new URLSearchParams({ client_id: program.client.client_id, token: before.refresh_token });
		assert.equal((await fetch(`${pool.domain}/oauth2/revoke`, { method: 'POST', body })).status, 200);
		program.saved = { ...before, access_token: 'expired' };
		program.authorizationUrl = undefined;
		await assert.rejects(connect(tools, program), UnauthorizedError);
		assert.ok(program.authorizationUrl.startsWith(`${pool.domain}/oauth2/authorize?`));
	});

	test('a tool is kept to a group', async t => {
		const pool = await poolWithDomain(server, OPEN);
		const tools = await ToolServer.start(pool.issuer);
		t.after(() => tools.stop());
		const program = await Program.start();
		t.after(() => program.stop());
		const { client } = await authorized(tools, program, 'bob');
		assert.deepEqual(await call(client, 'deploy'), ['deployed', false]);
	});

	test('a program whose client is gone registers anew', async t => {
		const pool = await poolWithDomain(server, OPEN);
		const tools = await ToolServer.start(pool.issuer);
		t.after(() => tools.stop());
		const program = await Program.start();
		t.after(() => program.stop());
		await authorized(tools, program, 'alice');
		const { client_id } = program.client;
		await pool.admin.deleteUserPoolClient({ UserPoolId: pool.id, ClientId: client_id });
		program.saved = { ...program.saved, access_token: 'expired' };
		await assert.rejects(connect(tools, program), UnauthorizedError);
		assert.notEqual(program.client.client_id, client_id);
	});

	test('tokens for another server open nothing', async t => {
		const pool = await poolWithDomain(server, OPEN);
		const [tools, others] = [await ToolServer.start(pool.issuer), await ToolServer.start(pool.issuer)];
		t.after(() => [tools, others].forEach(server => server.stop()));
		const program = await Program.start();
		t.after(() => program.stop());
		await authorized(tools, program, 'alice');
		const answer = await fetch(others.url, {
			method: 'POST',
			headers: { authorization: `Bearer ${program.saved.access_token}` },
		});
		assert.equal(answer.status, 401);
		assert.match(answer.headers.get('www-authenticate'), /invalid_token.*resource_metadata/);
	});

	test('a program is the URL of its metadata document', async t => {
		const folder = mkdtempSync(path.join(tmpdir(), 'poolhouse-cimd-'));
		t.after(() => rmSync(folder, { recursive: true }));
		const [key, cert] = certificate(folder);
		const site = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, answer) => {
			answer.setHeader('content-type', 'application/json');
			answer.end(JSON.stringify({ client_id: url, ...program.clientMetadata }));
		});
		await new Promise(resolve => site.listen(0, '127.0.0.1', resolve));
		t.after(() => site.close());
		const url = `https://localhost:${site.address().port}/oauth/client.json`;
		process.env.SSL_CERT_FILE = cert;
		const own = await ownServer();
		delete process.env.SSL_CERT_FILE;
		t.after(() => own.stop());
		const pool = await poolWithDomain(own);
		const lender = await madeClient(pool);
		await createPolicy(pool, lender, new URL(url).origin);
		const tools = await ToolServer.start(pool.issuer);
		t.after(() => tools.stop());
		const program = await Program.start({ clientMetadataUrl: url });
		t.after(() => program.stop());
		const { client, said } = await authorized(tools, program, 'alice');
		assert.match(said, /localhost/);
		assert.equal(program.client.client_id, url);
		assert.deepEqual(await call(client, 'whoami'), ['alice', false]);
		const claims = decodeJwt(program.saved.access_token);
		assert.equal(claims.cimd_client_id, url);
		program.saved = { ...program.saved, access_token: 'expired' };
		assert.deepEqual(await call(await connect(tools, program), 'whoami'), ['alice', false]);
		await pool.admin.deleteUserPoolClient({ UserPoolId: pool.id, ClientId: lender });
		program.saved = { ...program.saved, access_token: 'expired' };
		await assert.rejects(connect(tools, program));
	});

	test('the scenarios of the conformance tool', async () => {
		const pool = await poolWithDomain(server, OPEN);
		const clientId = await madeClient(pool);
		const tool = fileURLToPath(new URL('../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url));
		const glob = new URL('../lib/glob.js', import.meta.url).href;
		const port = 20000 + (process.pid % 20000);
		const command = ['--import', glob, tool, 'authorization', '--url', pool.issuer, '--client-id', clientId];
		const run = spawn(process.execPath, [...command, '--port', `${port}`, '--resource', 'https://mcp.example.com/']);
		let said = '';
		let came;
		const page = new Promise(resolve => (came = resolve));
		for (const stream of [run.stdout, run.stderr]) {
			stream.on('data', data => {
				said += data;
				const url = said.match(/^http\S+oauth2\/authorize\S+$/m);
				if (url) came(url[0]);
			});
		}
		const ended = new Promise(resolve => run.once('exit', resolve));
		await Promise.race([page.then(url => signIn(url, 'alice', false)), ended]);
		assert.equal(await ended, 0, said);
		assert.match(said, /authorization-code-grant/);
		assert.doesNotMatch(said, /SKIPPED/);
	});
});

/** A certificate for localhost that vouches for itself; the files of its key and of itself. */
function certificate(folder) {
	const [key, cert] = ['key.pem', 'cert.pem'].map(name => path.join(folder, name));
	const extensions = ['subjectAltName=DNS:localhost', 'basicConstraints=critical,CA:FALSE'];
	const made = spawnSync('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
		...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', ...extensions.flatMap(one => ['-addext', one])],
	]);
	assert.equal(made.status, 0, `${made.stderr}`);
	return [key, cert];
}

/** Lets the URLs of a site be clients, by an operation that the SDK does not know yet. */
async function createPolicy(pool, ClientId, site) {
	const input = { UserPoolId: pool.id, ClientId, PolicyName: 'tools', URLPatterns: [`${site}/*`] };
	const command = new DescribeUserPoolCommand({ UserPoolId: pool.id });
	const replace = next => args => {
		args.request.headers['x-amz-target'] = 'AWSCognitoIdentityProviderService.CreateCIMDPolicy';
		args.request.body = JSON.stringify(input);
		return next(args);
	};
	command.middlewareStack.add(replace, { step: 'build', priority: 'high' });
	await pool.admin.send(command);
}
