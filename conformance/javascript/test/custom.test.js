// Custom challenges with amazon-cognito-identity-js; the functions are behind a Lambda-compatible endpoint.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import identity from 'amazon-cognito-identity-js';

import { PASSWORD, Pool } from '../lib/pool.js';
import { ownServer } from '../lib/server.js';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';

const functions = {
	define({ request, response }) {
		const last = request.session.at(-1);
		if (!last) response.challengeName = 'CUSTOM_CHALLENGE';
		else if (!last.challengeResult) response.failAuthentication = true;
		else if (last.challengeName === 'SRP_A') response.challengeName = 'PASSWORD_VERIFIER';
		else if (last.challengeName === 'PASSWORD_VERIFIER') response.challengeName = 'CUSTOM_CHALLENGE';
		else response.issueTokens = true;
	},
	create({ response }) {
		response.publicChallengeParameters = { question: 'What do you drink?' };
		response.privateChallengeParameters = { answer: 'tea' };
		response.challengeMetadata = 'DRINK';
	},
	verify({ request, response }) {
		response.answerCorrect = request.challengeAnswer === request.privateChallengeParameters.answer;
	},
};

const endpoint = createServer(async (request, answer) => {
	const [, name] = /:function:(\w+)\/invocations$/.exec(decodeURIComponent(request.url));
	const chunks = [];
	for await (const chunk of request) chunks.push(chunk);
	const event = JSON.parse(Buffer.concat(chunks).toString());
	functions[name](event);
	answer.end(JSON.stringify(event));
});

const folder = mkdtempSync(path.join(tmpdir(), 'poolhouse-custom-'));
let server;
let pool;

before(async () => {
	await new Promise(resolve => endpoint.listen(0, '127.0.0.1', resolve));
	const config = path.join(folder, 'poolhouse.toml');
	const { port } = endpoint.address();
	writeFileSync(config, `[[triggers]]\nfunction = "${ARN}*"\nlambda = "http://127.0.0.1:${port}"\n`);
	server = await ownServer('--config', config);
	pool = await Pool.make(server, {
		LambdaConfig: {
			DefineAuthChallenge: `${ARN}define`,
			CreateAuthChallenge: `${ARN}create`,
			VerifyAuthChallengeResponse: `${ARN}verify`,
		},
	});
	await pool.allow('ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH');
	await pool.addUser('alice');
});

after(async () => {
	await server?.stop();
	endpoint.close();
	endpoint.closeAllConnections();
	rmSync(folder, { recursive: true });
});

/** Signs in by `begin` and answers the challenge; returns the session. */
function signIn(begin, answer, parameters = []) {
	const user = new CognitoUser({
		Username: 'alice',
		Pool: new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: server.endpoint }),
	});
	user.setAuthenticationFlowType('CUSTOM_AUTH');
	return new Promise((resolve, reject) => {
		const callbacks = {
			onSuccess: resolve,
			onFailure: reject,
			customChallenge(given) {
				parameters.push(given);
				user.sendCustomChallengeAnswer(answer, callbacks);
			},
		};
		begin(user, callbacks);
	});
}

const details = new AuthenticationDetails({ Username: 'alice', Password: PASSWORD });
const withPassword = (user, callbacks) => user.authenticateUser(details, callbacks);
const withoutPassword = (user, callbacks) => user.initiateAuth(details, callbacks);

test('the functions lead to the tokens', async () => {
	const parameters = [];
	const session = await signIn(withoutPassword, 'tea', parameters);
	assert.equal(session.getAccessToken().payload.username, 'alice');
	assert.deepEqual(parameters, [{ question: 'What do you drink?', USERNAME: 'alice' }]);
});

test('the password comes first', async () => {
	const session = await signIn(withPassword, 'tea');
	assert.equal(session.getIdToken().payload['cognito:username'], 'alice');
});

test('a wrong answer ends the sign-in', async () => {
	for (const begin of [withPassword, withoutPassword]) {
		await assert.rejects(signIn(begin, 'coffee'), { name: 'NotAuthorizedException' });
	}
});

test('a wrong password does not reach the functions', async () => {
	const wrong = new AuthenticationDetails({ Username: 'alice', Password: 'Wrong-horse-7' });
	const begin = (user, callbacks) => user.authenticateUser(wrong, callbacks);
	await assert.rejects(signIn(begin, 'tea'), { message: 'Incorrect username or password.' });
});
