// The examples of docs/clients.md in JavaScript, as they stand there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';

const page = readFileSync(new URL('../../../docs/clients.md', import.meta.url), 'utf8');
const examples = Array.from(page.matchAll(/```js\n(.*?)```/gs), ([, example]) => example);
const PASSWORD = 'Correct-Horse-7';

describe('docs/clients.md', () => {
	let server, pool;
	before(async () => {
		server = await sharedServer();
		pool = await Pool.make(server);
		const user = { UserPoolId: pool.id, Username: 'alice' };
		await pool.admin.adminCreateUser({ ...user, MessageAction: 'SUPPRESS' });
		await pool.admin.adminSetUserPassword({ ...user, Password: PASSWORD, Permanent: true });
	});
	after(() => server?.stop());

	/** What the one example prints that has a text in it. */
	async function run(text) {
		const [example, ...others] = examples.filter(example => example.includes(text));
		assert.deepEqual([typeof example, others.length], ['string', 0], text);
		const names = {
			'https://id.example.com': server.endpoint,
			'us-east-1_EXAMPLE': pool.id,
			'EXAMPLE-CLIENT': pool.clientId,
		};
		const program = Object.entries(names).reduce((text, [name, own]) => text.replaceAll(name, own), example);
		const settings = ['--input-type=module', '--eval', program];
		const { stdout } = await promisify(execFile)(process.execPath, settings, { cwd: import.meta.dirname });
		return stdout.trim();
	}

	test('Amplify', async () => {
		assert.equal(await run('await signIn('), 'alice');
	});

	test('amazon-cognito-identity-js', async () => {
		assert.equal(await run('amazon-cognito-identity-js'), 'alice');
	});

	test('AWS SDK for JavaScript', async () => {
		assert.match(await run('@aws-sdk/client-cognito-identity-provider'), /'AccessToken'/);
	});
});
