// A web application with oidc-client-ts.

import { UserManager } from 'oidc-client-ts';

let manager;

/** Prepares the library; `settings` are its own. */
export function configure(settings) {
	manager = new UserManager({ ...settings, monitorSession: false, automaticSilentRenew: false });
}

/** Calls a function of the user manager; resolves with what of its answer is data. */
export async function call(name, ...parameters) {
	const answer = await manager[name](...parameters);
	return answer && JSON.parse(JSON.stringify(answer));
}

// The frame of a silent renewal only hands its address back.
if (window.parent !== window) new UserManager({ authority: 'x', client_id: 'x', redirect_uri: 'x' }).signinSilentCallback();
