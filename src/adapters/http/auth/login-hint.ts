/** Says how to log in to a server that has refused a request. */

import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../../errors.ts';

/** The trust server for which docker saves the login without a name. */
const dockerHub = 'notary.docker.io';

/**
 * Names the server, and where its login comes from.
 *
 * @param variable true when `NOTARY_AUTH` is set, which wins over what docker has saved
 */
export function loginHint(serverUrl: string, variable: boolean): string {
  const { host } = new URL(serverUrl);
  const login = `"docker login${host === dockerHub ? '' : ` ${host}`}"`;
  const form = 'the base64 form of user:password';
  return variable
    ? `NOTARY_AUTH is set, and is the only login that ${host} gets: set it to ${form} of an account that may do this, or unset it and log in with ${login}.`
    : `Log in to ${host} with ${login}, or set NOTARY_AUTH to ${form}, of an account that may do this.`;
}

/** The error with the hint behind what it says already, if a server or token service answered 401 or 403. */
export function withLoginHint(error: NotaryError, login: string | undefined): NotaryError {
  const { status } = error.details;
  const refused =
    status === 401 || status === 403 || (status === 400 && isNotaryError(error, 'UNAUTHORIZED'));
  if (!refused || login === undefined) return error;
  return rephrased(error, sameWords, { hint: error.hint === undefined ? login : `${error.hint} ${login}` });
}
