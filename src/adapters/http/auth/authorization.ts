/** Builds `Authorization` headers, and declares what HTTP Basic and Bearer authorization share. */

import { bytesOfText } from '../../../encoding/byte-text.ts';
import type { Gun } from '../../../metadata/gun.ts';
import type { HttpClient, HttpRequest } from '../../../ports/http.ts';
import type { CredentialSource } from './credentials.ts';

/** What a run does with its GUNs, in the words of token scopes: read, publish (in docker's order, too), or administer. */
export type Access = 'pull' | 'push,pull' | 'pull,push' | '*';

export interface AuthorizationOptions {
  readonly http: HttpClient;
  readonly serverUrl: string;
  readonly gun: Gun;
  readonly access: Access;
  readonly credentials: CredentialSource;
  /** Send credentials and tokens over plain http too. */
  readonly insecureAllowed: boolean;
  /** What to do when there are no credentials. */
  readonly loginHint: string;
}

/** The request with an `Authorization` header. */
export function authorized(request: HttpRequest, authorization: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

/** The value of the header for HTTP Basic (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${bytesOfText(`${username}:${password}`).toString('base64')}`;
}
