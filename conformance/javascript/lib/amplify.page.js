// A web application with Amplify.

import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';

export function configure(Cognito) {
	Amplify.configure({ Auth: { Cognito } });
}

/** Calls a function of Amplify's category Auth; resolves with what of its answer is data. */
export async function call(name, input) {
	const answer = await auth[name](input);
	return answer && JSON.parse(JSON.stringify(answer));
}
