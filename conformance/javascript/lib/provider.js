// An OpenID Connect provider that others wrote, and an application to come back to.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const SECRET = 'a-secret-of-more-than-32-characters-for-a-client';

/** A running provider; `people` are its users by their names, with their claims. */
export class IdentityProvider {
	static async start(people, redirectUri) {
		const server = await listen(createServer());
		const issuer = `http://localhost:${server.address().port}`;
		const provider = new Provider(issuer, {
			clients: [
				{
					client_id: 'pool',
					client_secret: SECRET,
					redirect_uris: [redirectUri],
					token_endpoint_auth_method: 'client_secret_post',
					id_token_signed_response_alg: 'ES256',
				},
			],
			claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
			cookies: { keys: ['tests'] },
			jwks: { keys: [key()] },
			findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
		});
		server.on('request', provider.callback());
		return Object.assign(new IdentityProvider(), { server, issuer });
	}

	/** As CreateIdentityProvider takes it. */
	get details() {
		return {
			client_id: 'pool',
			client_secret: SECRET,
			authorize_scopes: 'openid email profile',
			oidc_issuer: this.issuer,
			attributes_request_method: 'GET',
		};
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

/** An application: it waits where browsers come back to. */
export class Application {
	static async start() {
		const server = await listen(createServer((_, answer) => answer.end('<!doctype html><title>App</title>')));
		return Object.assign(new Application(), { server, url: `http://localhost:${server.address().port}/` });
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

async function listen(server) {
	await new Promise(resolve => server.listen(0, 'localhost', resolve));
	return server;
}

function key() {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return { ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'ES256' };
}
