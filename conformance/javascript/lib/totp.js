// An app that shows codes (RFC 6238).

import { createHmac } from 'node:crypto';

/** The bytes of a secret in base32. */
function secretBytes(text) {
	const digits = [...text].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'));
	return Buffer.from(digits.join('').match(/.{8}/g).map(byte => parseInt(byte, 2)));
}

/** The code that an app shows, or shows so many steps of 30 seconds later. */
export function totp(secret, steps = 0) {
	const step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
	const digest = createHmac('sha1', secretBytes(secret)).update(step).digest();
	const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
	return String(number % 1000000).padStart(6, '0');
}
