// A web application without a library: the API by fetch, passkeys by the browser's own functions.

/** Calls an operation; resolves with the answer, or with `error` and its `message`. */
export async function call(endpoint, operation, input) {
	// Of another origin and with headers that are not simple: the browser asks the server first.
	const answer = await fetch(endpoint, {
		method: 'POST',
		headers: {
			'cache-control': 'no-store',
			'content-type': 'application/x-amz-json-1.1',
			'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
		},
		body: JSON.stringify(input),
	});
	const body = await answer.json();
	return answer.ok ? body : { error: body.__type, message: body.message };
}

/** Makes a passkey: a `RegistrationResponseJSON`. */
export async function create(options) {
	const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
	return (await navigator.credentials.create({ publicKey })).toJSON();
}

/** Signs a challenge with a passkey: an `AuthenticationResponseJSON`. */
export async function get(options) {
	const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
	return (await navigator.credentials.get({ publicKey })).toJSON();
}
