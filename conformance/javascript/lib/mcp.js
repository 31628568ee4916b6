// A server of the Model Context Protocol that takes a pool's tokens, as docs/mcp.md has it, and a client of it.

import { createServer } from 'node:http';

import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** A protected server; `stop` ends it. */
export class ToolServer {
	static async start(issuer) {
		const server = new ToolServer();
		server.http = createServer((request, answer) => server.app(request, answer));
		await new Promise(resolve => server.http.listen(0, '127.0.0.1', resolve));
		server.url = new URL(`http://127.0.0.1:${server.http.address().port}/mcp`);
		server.app = await protectedApp(issuer, server.url);
		return server;
	}

	stop() {
		this.http.close();
		this.http.closeAllConnections();
	}
}

async function protectedApp(issuer, url) {
	const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
	const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
	const verifyAccessToken = async token => {
		const options = { issuer, audience: url.href };
		const { payload } = await jwtVerify(token, keys, options).catch(error => {
			throw new InvalidTokenError(error.message);
		});
		if (payload.token_use !== 'access') throw new InvalidTokenError('not an access token');
		return {
			token,
			clientId: payload.client_id,
			scopes: payload.scope.split(' '),
			expiresAt: payload.exp,
			extra: { username: payload.username, groups: payload['cognito:groups'] ?? [] },
		};
	};
	const app = createMcpExpressApp();
	app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: url, scopesSupported: ['openid'] }));
	const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url);
	const bearer = requireBearerAuth({ verifier: { verifyAccessToken }, requiredScopes: ['openid'], resourceMetadataUrl });
	app.post('/mcp', bearer, async (request, answer) => {
		const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
		await tools().connect(transport);
		await transport.handleRequest(request, answer, request.body);
	});
	return app;
}

function tools() {
	const server = new McpServer({ name: 'tools', version: '1.0.0' });
	const text = value => ({ content: [{ type: 'text', text: value }] });
	server.registerTool('whoami', {}, ({ authInfo }) => text(authInfo.extra.username));
	server.registerTool('deploy', {}, ({ authInfo }) => {
		if (!authInfo.extra.groups.includes('admins')) throw new Error('only for the group admins');
		return text('deployed');
	});
	return server;
}

/** What a program keeps of its sign-in, and the page on this machine that its browser comes back to. */
export class Program {
	static async start(more = {}) {
		const program = Object.assign(new Program(), more);
		program.arrived = new Promise(resolve => (program.come = resolve));
		program.http = createServer((request, answer) => {
			const url = new URL(request.url, program.redirectUrl);
			answer.end('You can close this page.');
			if (url.pathname === '/callback') program.come(url.searchParams);
		});
		await new Promise(resolve => program.http.listen(0, '127.0.0.1', resolve));
		program.port = program.http.address().port;
		return program;
	}

	get redirectUrl() {
		return `http://127.0.0.1:${this.port}/callback`;
	}

	get clientMetadata() {
		return {
			client_name: 'Conformance',
			redirect_uris: ['http://127.0.0.1/callback', this.redirectUrl],
			grant_types: ['authorization_code', 'refresh_token'],
			response_types: ['code'],
			token_endpoint_auth_method: 'none',
		};
	}

	state = () => 'the-state';
	clientInformation = () => this.client;
	saveClientInformation = client => void (this.client = client);
	tokens = () => this.saved;
	saveTokens = tokens => void (this.saved = tokens);
	saveCodeVerifier = verifier => void (this.verifier = verifier);
	codeVerifier = () => this.verifier;
	invalidateCredentials(scope) {
		if (scope === 'all' || scope === 'client') this.client = undefined;
		if (scope === 'all' || scope === 'tokens') this.saved = undefined;
	}

	redirectToAuthorization = url => void (this.authorizationUrl = url.href);

	stop() {
		this.http.close();
		this.http.closeAllConnections();
	}
}
