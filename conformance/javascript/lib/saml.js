// A SAML provider that others wrote (npm samlp): one person at a time sits in front of it.

import express from 'express';
import samlp from 'samlp';
import SessionParticipants from 'samlp/lib/sessionParticipants/index.js';

import { selfSigned } from './https.js';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';

/** A running provider; `people` are its users by their names, with their attributes. */
export class SamlProvider {
	static async start(people) {
		const provider = new SamlProvider();
		const { key, cert } = selfSigned(['rsa:2048']);
		const app = express();
		provider.server = app.listen(0, 'localhost');
		await new Promise(resolve => provider.server.once('listening', resolve));
		provider.url = `http://localhost:${provider.server.address().port}`;
		const signing = { issuer: provider.url, key, cert, signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256' };
		const session = {};
		app.set('query parser', 'simple');
		app.use(express.urlencoded(), (request, _, next) => {
			Object.assign(request, { session });
			request.body ??= {};
			next();
		});
		app.get('/metadata', samlp.metadata({ ...signing, redirectEndpointPath: '/sso', postEndpointPath: '/sso' }));
		// Whoever comes says who they are.
		app.get('/sso', ({ query }, answer) => {
			const link = person => `<a href="/enter?${new URLSearchParams({ ...query, person })}">${person}</a>`;
			answer.send(`<!doctype html><title>Provider</title>${Object.keys(people).map(link)}`);
		});
		app.get('/enter', (request, answer, next) => provider.enter({ people, signing }, request, answer, next));
		app.all('/logout', (request, answer, next) => {
			const options = { ...signing, sessionParticipants: provider.sessions, deflate: true };
			samlp.logout(options)(request, answer, next);
		});
		return provider;
	}

	constructor() {
		this.sessions = new SessionParticipants([]);
		this.count = 0;
	}

	/** Trusts a pool as a service provider, at the domain at `base`; it encrypts to `encryption`, if that is given. */
	trust({ poolId, base, certificate, encryption }) {
		this.audience = `urn:amazon:cognito:sp:${poolId}`;
		Object.assign(this, { base, certificate: pem(certificate), encryption: encryption && pem(encryption) });
	}

	enter({ people, signing }, request, answer, next) {
		const { person } = request.query;
		const sessionIndex = `_session${++this.count}`;
		const acs = `${this.base}/saml2/idpresponse`;
		this.sessions = new SessionParticipants([
			{
				serviceProviderId: this.audience,
				nameId: person,
				nameIdFormat: PERSISTENT,
				sessionIndex,
				serviceProviderLogoutURL: `${this.base}/saml2/logout`,
				cert: this.certificate,
			},
		]);
		const encrypting = this.encryption && {
			encryptionCert: this.encryption,
			encryptionPublicKey: this.encryption,
			encryptionAlgorithm: GCM,
		};
		samlp.auth({
			...signing,
			...encrypting,
			audience: this.audience,
			recipient: acs,
			destination: acs,
			sessionIndex,
			getPostURL: (_audience, _document, _request, done) => done(null, acs),
			getUserFromRequest: () => person,
			profileMapper: () => ({
				getClaims: () => people[person],
				getNameIdentifier: () => ({ nameIdentifier: person, nameIdentifierFormat: PERSISTENT }),
			}),
		})(request, answer, next);
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

function pem(base64) {
	return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
}
