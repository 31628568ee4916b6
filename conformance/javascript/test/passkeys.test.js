// Passkeys in Chromium: its own code makes and checks what the server gives and takes, with an authenticator in software.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Authenticator, Browser, NEEDS_BROWSER } from '../lib/browser.js';
import { Pool } from '../lib/pool.js';
import { sharedServer } from '../lib/server.js';

const REFUSED = { error: 'NotAuthorizedException', message: 'Incorrect username or password.' };
const WITHOUT_VERIFICATION = { hasUserVerification: false, isUserVerified: false };
const USER_PRESENT = 1;
const USER_VERIFIED = 4;

/** Decodes base64url. */
const bytes = text => Buffer.from(text, 'base64url');

/** What the authenticator says of its user, behind the hash of the relying party's id. */
const flagsOf = credential => bytes(credential.response.authenticatorData)[32];

describe('passkeys in Chromium', NEEDS_BROWSER, () => {
	let server, browser;
	before(async () => {
		server = await sharedServer();
		browser = await Browser.start('passkeys.page.js');
	});
	after(async () => {
		await browser?.stop();
		await server?.stop();
	});

	/** Alice, signed in on a page, in a pool with a WebAuthnConfiguration. */
	class Alice {
		static async on(host, configuration, authenticator) {
			const alice = new Alice();
			alice.pool = await Pool.make(server, {
				Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
			});
			await alice.configure(configuration);
			await alice.pool.allow('ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH');
			await alice.pool.addUser('alice');
			alice.token = (await alice.pool.signIn('alice')).AccessToken;
			alice.page = await browser.page(host);
			alice.authenticator = await Authenticator.plugInto(alice.page, authenticator);
			return alice;
		}

		configure(WebAuthnConfiguration) {
			const { admin, id } = this.pool;
			return admin.setUserPoolMfaConfig({ UserPoolId: id, MfaConfiguration: 'OFF', WebAuthnConfiguration });
		}

		/** Calls an operation from the page. */
		call(operation, input) {
			return this.page.evaluate(call => app.call(...call), [server.endpoint, operation, input]);
		}

		/** The same with the access token. */
		own(operation, input = {}) {
			return this.call(operation, { AccessToken: this.token, ...input });
		}

		/** Makes a passkey with the options that `change` makes of the server's. */
		async create(change = options => options) {
			const { CredentialCreationOptions } = await this.own('StartWebAuthnRegistration');
			return this.page.evaluate(options => app.create(options), change(CredentialCreationOptions));
		}

		async register(change) {
			const credential = await this.create(change);
			assert.deepEqual(await this.own('CompleteWebAuthnRegistration', { Credential: credential }), {});
			return credential;
		}

		/** The code with which the server refuses a passkey. */
		async refusal(Credential) {
			return (await this.own('CompleteWebAuthnRegistration', { Credential })).error;
		}

		async begin() {
			const answer = await this.call('InitiateAuth', {
				AuthFlow: 'USER_AUTH',
				ClientId: this.pool.clientId,
				AuthParameters: { USERNAME: 'alice', PREFERRED_CHALLENGE: 'WEB_AUTHN' },
			});
			assert.equal(answer.ChallengeName, 'WEB_AUTHN');
			const options = JSON.parse(answer.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
			return { session: answer.Session, options };
		}

		/** Signs a challenge on `page`. */
		get(options, page = this.page) {
			return page.evaluate(options => app.get(options), options);
		}

		respond(Session, credential) {
			return this.call('RespondToAuthChallenge', {
				ClientId: this.pool.clientId,
				ChallengeName: 'WEB_AUTHN',
				Session,
				ChallengeResponses: { USERNAME: 'alice', CREDENTIAL: JSON.stringify(credential) },
			});
		}

		async signIn() {
			const { session, options } = await this.begin();
			return this.respond(session, await this.get(options));
		}
	}

	/** The name of the error that the browser itself throws. */
	const browserRefuses = (promise, name) => assert.rejects(promise, new RegExp(name));

	test('a passkey is registered, listed, signs in and is deleted', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost', UserVerification: 'required' });
		const { id, authenticatorAttachment, response } = await alice.register();
		assert.equal(authenticatorAttachment, 'platform');
		const [kept] = await alice.authenticator.credentials();
		assert.equal(kept.isResidentCredential, true);
		assert.equal(kept.rpId, 'localhost');

		const { Credentials } = await alice.own('ListWebAuthnCredentials');
		const [{ CreatedAt, FriendlyCredentialName, ...described }] = Credentials;
		assert.equal(Credentials.length, 1);
		assert.deepEqual(described, {
			CredentialId: id,
			RelyingPartyId: 'localhost',
			AuthenticatorAttachment: 'platform',
			AuthenticatorTransports: response.transports,
		});

		const { AuthenticationResult } = await alice.signIn();
		const shown = await alice.call('GetUser', { AccessToken: AuthenticationResult.AccessToken });
		assert.equal(shown.Username, 'alice');

		const { session, options } = await alice.begin();
		const proof = await alice.get(options);
		assert.deepEqual(await alice.own('DeleteWebAuthnCredential', { CredentialId: id }), {});
		assert.deepEqual(await alice.own('ListWebAuthnCredentials'), { Credentials: [] });
		assert.equal((await alice.respond(session, proof)).error, 'NotAuthorizedException');
	});

	test('a passkey is the choice of its user', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		await alice.register();
		const { Session, AvailableChallenges } = await alice.call('InitiateAuth', {
			AuthFlow: 'USER_AUTH',
			ClientId: alice.pool.clientId,
			AuthParameters: { USERNAME: 'alice' },
		});
		assert.deepEqual(AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN']);
		const challenge = await alice.call('RespondToAuthChallenge', {
			ClientId: alice.pool.clientId,
			ChallengeName: 'SELECT_CHALLENGE',
			Session,
			ChallengeResponses: { USERNAME: 'alice', ANSWER: 'WEB_AUTHN' },
		});
		const options = JSON.parse(challenge.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
		const answer = await alice.respond(challenge.Session, await alice.get(options));
		assert.ok(answer.AuthenticationResult.IdToken);
	});

	test('the browser does not make a second passkey in the same authenticator', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		await alice.register();
		await browserRefuses(alice.create(), 'InvalidStateError');
	});

	for (const [attestation, format] of [[undefined, 'none'], ['none', 'none'], ['direct', 'packed']]) {
		test(`attestation ${attestation ?? 'that nobody asked for'} comes as ${format}`, async () => {
			const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
			const { response } = await alice.register(options => ({ ...options, attestation }));
			// Of a map in CBOR, the member "fmt" and its text.
			const length = String.fromCharCode(0x60 + format.length);
			assert.ok(bytes(response.attestationObject).includes(`cfmt${length}${format}`));
			assert.ok((await alice.signIn()).AuthenticationResult);
		});
	}

	for (const [name, alg] of [['ES256', -7], ['RS256', -257]]) {
		test(`a key for ${name} signs in`, async () => {
			const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
			const { response } = await alice.register(options => {
				const pubKeyCredParams = options.pubKeyCredParams.filter(offered => offered.alg === alg);
				return { ...options, pubKeyCredParams };
			});
			assert.equal(response.publicKeyAlgorithm, alg);
			assert.ok((await alice.signIn()).AuthenticationResult);
		});
	}

	test('a kind of key that was not asked for is refused', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		const eddsa = [{ type: 'public-key', alg: -8 }];
		const credential = await alice.create(options => ({ ...options, pubKeyCredParams: eddsa }));
		assert.equal(await alice.refusal(credential), 'WebAuthnCredentialNotSupportedException');
	});

	test('where it is preferred, users who cannot prove to be the owner get in', async () => {
		const configuration = { RelyingPartyId: 'localhost', UserVerification: 'preferred' };
		const alice = await Alice.on('localhost', configuration, WITHOUT_VERIFICATION);
		await alice.register();
		const { session, options } = await alice.begin();
		const credential = await alice.get(options);
		assert.equal(flagsOf(credential), USER_PRESENT);
		assert.ok((await alice.respond(session, credential)).AuthenticationResult);
	});

	test('where it is required, a passkey that cannot prove it is not registered', async () => {
		const configuration = { RelyingPartyId: 'localhost', UserVerification: 'required' };
		const alice = await Alice.on('localhost', configuration, WITHOUT_VERIFICATION);
		await browserRefuses(alice.create(), 'NotAllowedError');
		// An application that does not ask for it.
		const selection = { userVerification: 'discouraged' };
		const credential = await alice.create(options => ({ ...options, authenticatorSelection: selection }));
		assert.equal(await alice.refusal(credential), 'WebAuthnCredentialNotSupportedException');
	});

	test('where it is required, users must prove to be the owner', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost', UserVerification: 'required' });
		await alice.register();
		const { session, options } = await alice.begin();
		// An application that does not ask for it.
		const unverified = await alice.get({ ...options, userVerification: 'discouraged' });
		assert.equal(flagsOf(unverified), USER_PRESENT);
		assert.deepEqual(await alice.respond(session, unverified), REFUSED);
		// A user who fails to.
		await alice.authenticator.setUserVerified(false);
		await browserRefuses(alice.get(options), 'NotAllowedError');
		await alice.authenticator.setUserVerified(true);
		const verified = await alice.get(options);
		assert.equal(flagsOf(verified), USER_PRESENT | USER_VERIFIED);
		assert.ok((await alice.respond(session, verified)).AuthenticationResult);
	});

	test('a registration counts once', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		const credential = await alice.register();
		await alice.own('DeleteWebAuthnCredential', { CredentialId: credential.id });
		assert.equal(await alice.refusal(credential), 'WebAuthnChallengeNotFoundException');
	});

	test('a proof counts once, and for its own challenge', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		await alice.register();
		const [first, second] = [await alice.begin(), await alice.begin()];
		const proof = await alice.get(first.options);
		assert.deepEqual(await alice.respond(second.session, proof), REFUSED);
		assert.ok((await alice.respond(first.session, proof)).AuthenticationResult);
		assert.equal((await alice.respond(first.session, proof)).error, 'NotAuthorizedException');
		assert.deepEqual(await alice.respond(second.session, proof), REFUSED);
		assert.ok((await alice.respond(second.session, await alice.get(second.options))).AuthenticationResult);
	});

	test('a copied key is found out by its counter', async () => {
		const alice = await Alice.on('localhost', { RelyingPartyId: 'localhost' });
		await alice.register();
		const [stolen] = await alice.authenticator.credentials();
		for (let round = 0; round < 2; round += 1) await alice.signIn();
		await alice.authenticator.send('clearCredentials');
		await alice.authenticator.add(stolen);
		assert.deepEqual(await alice.signIn(), REFUSED);
	});

	test('a passkey of another relying party is not registered', async () => {
		const alice = await Alice.on('app.localhost', { RelyingPartyId: 'localhost' });
		// The page may make it for its own name only.
		const credential = await alice.create(options => ({ ...options, rp: { id: 'app.localhost', name: 'App' } }));
		assert.equal(await alice.refusal(credential), 'WebAuthnRelyingPartyMismatchException');
	});

	test('a passkey of a foreign page is not registered', async () => {
		const alice = await Alice.on('evil.localhost', { RelyingPartyId: 'app.localhost' });
		await browserRefuses(alice.create(), 'SecurityError');
		const credential = await alice.create(options => ({ ...options, rp: { id: 'evil.localhost', name: 'Evil' } }));
		assert.equal(await alice.refusal(credential), 'WebAuthnOriginNotAllowedException');
	});

	test('a proof for another relying party or page is refused', async () => {
		const alice = await Alice.on('app.localhost', { RelyingPartyId: 'app.localhost' });
		await alice.register();
		const [key] = await alice.authenticator.credentials();
		for (const host of ['evil.localhost', 'sub.app.localhost', 'localhost']) {
			const page = await browser.page(host);
			const authenticator = await Authenticator.plugInto(page);
			await authenticator.add({ ...key, rpId: host, signCount: 1000 });
			const { session, options } = await alice.begin();
			if (host !== 'sub.app.localhost') await browserRefuses(alice.get(options, page), 'SecurityError');
			const proof = await alice.get({ ...options, rpId: host }, page);
			assert.equal(proof.id, options.allowCredentials[0].id);
			assert.deepEqual(await alice.respond(session, proof), REFUSED);
		}
		assert.ok((await alice.signIn()).AuthenticationResult);
	});

	test('a page below the relying party uses its passkeys', async () => {
		const alice = await Alice.on('sub.app.localhost', { RelyingPartyId: 'app.localhost' });
		await alice.register();
		assert.ok((await alice.signIn()).AuthenticationResult);
	});
});
