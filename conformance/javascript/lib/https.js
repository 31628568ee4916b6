// HTTPS in front of a server that speaks HTTP, as a proxy that is trusted.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream';

/** Listens on a free port of this machine, with a certificate that nobody trusts. */
export class HttpsProxy {
	static async start(endpoint) {
		const proxy = new HttpsProxy();
		const { hostname, port } = new URL(endpoint);
		proxy.server = createServer(selfSigned(), (asked, answer) => {
			const { url, method, headers } = asked;
			const forwarded = { 'x-forwarded-host': headers.host, 'x-forwarded-proto': 'https' };
			const onward = request({ hostname, port, path: url, method, headers: { ...headers, ...forwarded } });
			onward.on('response', response => {
				answer.writeHead(response.statusCode, response.rawHeaders);
				pipeline(response, answer, () => {});
			});
			onward.on('error', () => answer.writeHead(502).end());
			pipeline(asked, onward, () => {});
		});
		await new Promise(resolve => proxy.server.listen(0, '127.0.0.1', resolve));
		proxy.port = proxy.server.address().port;
		return proxy;
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

/** A key, by default of P-256, and a certificate of this machine's that nobody trusts. */
export function selfSigned(newkey = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']) {
	const folder = mkdtempSync(path.join(tmpdir(), 'poolhouse-tls-'));
	const [keyout, out] = ['key.pem', 'certificate.pem'].map(name => path.join(folder, name));
	const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:*.auth.localhost'];
	const key = ['-newkey', ...newkey, '-nodes', '-keyout', keyout];
	try {
		execFileSync('openssl', ['req', '-x509', '-days', '1', ...subject, ...key, '-out', out], { stdio: 'pipe' });
		return { key: readFileSync(keyout), cert: readFileSync(out) };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
