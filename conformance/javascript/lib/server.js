// The server under test and its development helpers.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 30_000;
// Where there is `setpriv`, the kernel ends a server together with a test run that was killed.
const TIED = spawnSync('setpriv', ['--version']).status === 0 ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];

/** A running server; `stop` ends it if it was started here. */
export class Server {
	constructor(endpoint) {
		this.endpoint = endpoint;
	}

	/** The code in the newest message to a user of a pool. */
	async code(pool, username) {
		const query = new URLSearchParams({ pool, username });
		const answer = await fetch(`${this.endpoint}/_poolhouse/dev/messages?${query}`);
		const [newest] = await answer.json();
		if (!newest) throw new Error(`no message was sent to ${username} in pool ${pool}`);
		return newest.code;
	}

	/** Moves the server's clock forward. */
	async advanceClock(seconds) {
		const answer = await fetch(`${this.endpoint}/_poolhouse/dev/clock`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ advance_seconds: seconds }),
		});
		if (!answer.ok) throw new Error(`the clock does not move: ${await answer.text()}`);
	}

	async stop() {}
}

class OwnServer extends Server {
	constructor(port, serverArguments) {
		super(`http://127.0.0.1:${port}`);
		this.data = mkdtempSync(path.join(tmpdir(), 'poolhouse-conformance-'));
		this.log = path.join(this.data, 'server.log');
		const log = openSync(this.log, 'w');
		const command = [binary(), 'serve', '--dev', '--listen', `127.0.0.1:${port}`, '--data-dir', this.data];
		const [program, ...rest] = [...TIED, ...command, ...serverArguments];
		this.process = spawn(program, rest, { stdio: ['ignore', log, log] });
		this.ended = new Promise(resolve => this.process.once('exit', resolve));
	}

	async waitUntilReady() {
		const deadline = Date.now() + START_TIMEOUT_MS;
		while (Date.now() < deadline && this.process.exitCode === null) {
			const answer = await fetch(`${this.endpoint}/_poolhouse/ready`).catch(() => undefined);
			if (answer?.ok) return;
			await sleep(20);
		}
		throw new Error(`the server did not become ready; it said:\n${readFileSync(this.log, 'utf8')}`);
	}

	async stop() {
		this.process.kill('SIGTERM');
		const code = await this.ended;
		rmSync(this.data, { recursive: true });
		if (code !== 0) throw new Error(`the server did not stop cleanly on SIGTERM: exit code ${code}`);
	}
}

/** The server that POOLHOUSE_ENDPOINT names, otherwise one of our own. */
export async function sharedServer() {
	const endpoint = process.env.POOLHOUSE_ENDPOINT;
	return endpoint ? new Server(endpoint.replace(/\/$/, '')) : ownServer();
}

/** Starts a server from the binary with further arguments. */
export async function ownServer(...serverArguments) {
	const server = new OwnServer(await freePort(), serverArguments);
	try {
		await server.waitUntilReady();
		return server;
	} catch (error) {
		server.process.kill('SIGKILL');
		throw error;
	}
}

function binary() {
	const built = fileURLToPath(new URL('../../../target/debug/poolhouse', import.meta.url));
	const file = process.env.POOLHOUSE_BIN ?? built;
	if (!existsSync(file)) {
		throw new Error(`${file} does not exist; run \`cargo build\`, or name the binary in POOLHOUSE_BIN`);
	}
	return file;
}

function freePort() {
	return new Promise((resolve, reject) => {
		const probe = createServer().once('error', reject);
		probe.listen(0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}
