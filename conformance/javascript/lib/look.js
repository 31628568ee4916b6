// What every page of a domain must be: accessible, narrow enough, and kept as a picture of this run.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import axe from 'axe-core';

const PICTURES = fileURLToPath(new URL('../../../target/pages', import.meta.url));
const NARROW = { width: 320, height: 640 };
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Looks at a page as it stands, in both colour schemes; the pictures bear its name. */
export async function look(page, name) {
	mkdirSync(PICTURES, { recursive: true });
	const size = page.viewportSize();
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		await page.screenshot({ path: path.join(PICTURES, `${name}-${colorScheme}.png`), fullPage: true });
		await isAccessible(page, `${name}, ${colorScheme}`);
	}
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize(NARROW);
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	await page.setViewportSize(size);
	assert.ok(width <= NARROW.width, `${name} is ${width} pixels wide in a window of ${NARROW.width}`);
}

async function isAccessible(page, name) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(values => axe.run({ runOnly: { type: 'tag', values } }), STANDARDS);
	const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`);
	assert.deepEqual(found, [], name);
}
