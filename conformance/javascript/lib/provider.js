// An OpenID Connect provider that others wrote, and an application to come back to.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
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

	/** Its issuer without the scheme, as identity pools call it. */
	get name() {
		return new URL(this.issuer).host;
	}

	/** An ID token of a person who signs in at the provider's own pages, for the application that waits at `redirectUri`. */
	async idToken(person, redirectUri) {
		const browser = new Cookies(this.issuer);
		const verifier = randomBytes(32).toString('base64url');
		const query = new URLSearchParams({
			client_id: 'pool',
			redirect_uri: redirectUri,
			response_type: 'code',
			scope: 'openid',
			code_challenge: createHash('sha256').update(verifier).digest('base64url'),
			code_challenge_method: 'S256',
		});
		let page = await browser.get(`/auth?${query}`);
		for (const form of [{ prompt: 'login', login: person, password: 'any' }, { prompt: 'consent' }]) {
			page = await browser.get(await browser.post(page, form));
		}
		const answer = await fetch(`${this.issuer}/token`, {
			method: 'POST',
			body: new URLSearchParams({
				grant_type: 'authorization_code',
				code: new URL(page).searchParams.get('code'),
				redirect_uri: redirectUri,
				code_verifier: verifier,
				client_id: 'pool',
				client_secret: SECRET,
			}),
		});
		const { id_token } = await answer.json();
		return id_token;
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

/** As much of a browser as the provider's pages need: each request leads to a place, which is returned. */
class Cookies {
	constructor(issuer) {
		Object.assign(this, { issuer, kept: new Map() });
	}

	get(place) {
		return this.#ask(place, {});
	}

	post(place, form) {
		return this.#ask(place, { method: 'POST', body: new URLSearchParams(form) });
	}

	async #ask(place, request) {
		const cookie = [...this.kept].map(([name, value]) => `${name}=${value}`).join('; ');
		const url = new URL(place, this.issuer);
		const answer = await fetch(url, { ...request, headers: { cookie }, redirect: 'manual' });
		for (const line of answer.headers.getSetCookie()) {
			const [name, value] = line.split(';')[0].split('=');
			this.kept.set(name, value);
		}
		const location = answer.headers.get('location');
		if (!location) throw new Error(`${url} leads nowhere: ${answer.status} ${await answer.text()}`);
		return location;
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
