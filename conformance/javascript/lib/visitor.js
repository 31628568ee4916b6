// A browser without scripts: it keeps cookies, follows redirects at the domain, and fills the form of a page.

/** Somebody with a browser. */
export class Visitor {
	#cookies = new Map();

	/** Keeps the cookies of an answer of `origin`. */
	keep(origin, headers) {
		const jar = this.#cookies.get(origin) ?? new Map();
		for (const cookie of headers.getSetCookie()) {
			const [, name, value] = cookie.match(/^([^=]*)=([^;]*)/);
			jar.set(name, value);
		}
		this.#cookies.set(origin, jar);
	}

	/** Opens an address, or posts a form to it; goes nowhere from there. */
	async open(url, body) {
		const { origin } = new URL(url);
		const jar = [...(this.#cookies.get(origin) ?? [])];
		const cookie = jar.map(([name, value]) => `${name}=${value}`).join('; ');
		const method = body ? 'POST' : 'GET';
		const answer = await fetch(url, { method, body, redirect: 'manual', headers: { cookie } });
		this.keep(origin, answer.headers);
		return answer;
	}

	/** Signs in at the page that an authorization request leads to; the address of the application that it comes back to. */
	async signIn(url, username, password) {
		let answer = await this.open(url);
		let at = new URL(url);
		while (answer.status === 302) {
			at = new URL(answer.headers.get('location'), at);
			answer = await this.open(at);
		}
		const page = await answer.text();
		const [, action, form] = page.match(/<form[^>]* action="([^"]*)"[^>]*>(.*?)<\/form>/s) ?? [];
		if (!form) throw new Error(`no form at ${at}: ${page}`);
		const fields = new URLSearchParams({ username, password });
		for (const [, name, value] of form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
			fields.set(name, decoded(value));
		}
		answer = await this.open(new URL(decoded(action), at), fields);
		const location = answer.headers.get('location');
		if (!location) throw new Error(`no way back: ${answer.status} ${await answer.text()}`);
		return new URL(location);
	}
}

const decoded = text => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code)).replace(/&amp;/g, '&');
