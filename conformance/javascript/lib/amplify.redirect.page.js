// A web application with Amplify that sends people to the pages of a pool's domain.

import 'aws-amplify/auth/enable-oauth-listener';

export { call, configure } from './amplify.page.js';
