// Chromium, and pages in it that call the server from another origin, as web applications do.

import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';

const executablePath = process.env.PATH.split(path.delimiter)
	.map(folder => path.join(folder, 'chromium'))
	.find(existsSync);
/** Options of tests that need a browser: they are skipped without one. */
export const NEEDS_BROWSER = { skip: !executablePath && 'install the package chromium' };

// Chromium looks for updates and for its maker's servers otherwise.
const QUIET = [
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-quic',
	'--disable-sync',
	'--no-first-run',
];
// Long enough for a busy machine, and shorter than the patience of a person.
const TIMEOUT_MS = 20_000;
const AUTHENTICATOR = {
	protocol: 'ctap2',
	transport: 'internal',
	hasResidentKey: true,
	hasUserVerification: true,
	isUserVerified: true,
};

/** A running Chromium, and the web server of its pages. */
export class Browser {
	/** Starts both. The pages run the module `entry`, a file of this folder, with all that it imports; without one they are empty. */
	static async start(entry) {
		const browser = new Browser();
		const script = entry ? bundle(entry) : '';
		browser.site = createServer(({ url }, answer) => {
			const isScript = url === '/script.js';
			answer.setHeader('content-type', `text/${isScript ? 'javascript' : 'html'}; charset=utf-8`);
			answer.end(isScript ? script : '<!doctype html><title>App</title><script src="/script.js"></script>');
		});
		await new Promise(resolve => browser.site.listen(0, '127.0.0.1', resolve));
		browser.chromium = await chromium.launch({ executablePath, args: QUIET, chromiumSandbox: false });
		return browser;
	}

	/** The address of its pages; any path leads to them. */
	url(host = 'localhost') {
		return `http://${host}:${this.site.address().port}/`;
	}

	/** An empty page with storage of its own; `options` as Playwright has them. */
	async blank(options) {
		const context = await this.chromium.newContext(options);
		context.setDefaultTimeout(TIMEOUT_MS);
		return context.newPage();
	}

	/** The same, where no script ever arrives; what tests run in it themselves still runs. */
	async withoutScripts() {
		const page = await this.blank();
		await page.route('**', route => (route.request().resourceType() === 'script' ? route.abort() : route.continue()));
		return page;
	}

	/** A page at a host name that leads to this machine, with storage of its own. */
	async page(host = 'localhost', options) {
		const page = await this.blank(options);
		await page.goto(this.url(host));
		return page;
	}

	async stop() {
		await this.chromium?.close();
		this.site.close();
		this.site.closeAllConnections();
	}
}

/** An authenticator in software, plugged into a page. */
export class Authenticator {
	static async plugInto(page, options = {}) {
		const devTools = await page.context().newCDPSession(page);
		await devTools.send('WebAuthn.enable');
		const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
			options: { ...AUTHENTICATOR, ...options },
		});
		return new Authenticator(devTools, authenticatorId);
	}

	constructor(devTools, authenticatorId) {
		Object.assign(this, { devTools, authenticatorId });
	}

	/** The private keys in it, and whose they are. */
	async credentials() {
		const { credentials } = await this.send('getCredentials');
		return credentials;
	}

	/** Puts a private key into it, as a thief would. */
	add(credential) {
		return this.send('addCredential', { credential });
	}

	/** Whether the user can prove to be its owner from now on. */
	setUserVerified(isUserVerified) {
		return this.send('setUserVerified', { isUserVerified });
	}

	send(method, parameters = {}) {
		return this.devTools.send(`WebAuthn.${method}`, { authenticatorId: this.authenticatorId, ...parameters });
	}
}

function bundle(entry) {
	const { outputFiles } = buildSync({
		entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
		bundle: true,
		write: false,
		format: 'iife',
		globalName: 'app',
		logLevel: 'error',
	});
	return outputFiles[0].contents;
}
