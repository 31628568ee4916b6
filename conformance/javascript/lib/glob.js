// For `node --import`: gives the tool of the Model Context Protocol's conformance the one function of Node 22 that it wants
// of an older Node, and does not call here.

import { register } from 'node:module';

const FS = 'export * from "node:fs"; export const globSync = () => [];';
const HOOKS = `export const resolve = (specifier, context, next) =>
	specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/')
		? { url: 'data:text/javascript,${encodeURIComponent(FS)}', shortCircuit: true }
		: next(specifier, context);`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
