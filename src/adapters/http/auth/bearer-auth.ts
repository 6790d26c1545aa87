/**
 * Authorizes requests with Bearer tokens of a registry's token service (Docker registry v2 token authentication).
 */

import { isNotaryError, type NotaryError } from '../../../errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../ports/http.ts';
import { type AuthorizationOptions, authorized } from './authorization.ts';
import type { Challenge } from './challenge.ts';
import { type Credentials, requireSecure } from './credentials.ts';
import type { TokenService } from './token-service.ts';

export interface BearerOptions extends AuthorizationOptions {
  readonly challenge: Challenge;
  readonly tokens: TokenService;
  /** `repository:<GUN>:<actions>`, made by the client: the challenge's own scope is that of the ping. */
  readonly scope: string;
}

/**
 * Wraps a client for a server that has asked for Bearer tokens.
 *
 * Writes use a token for the user. Reads use an anonymous token first and one for the user when the
 * server does not let it through, as Notary 0.7.0 does; unlike Notary, also when the token service
 * gives no anonymous tokens.
 */
export function bearerAuth(options: BearerOptions): HttpClient {
  const bearer = new BearerAuth(options);
  return { send: (request) => bearer.send(request), close: () => options.http.close() };
}

class BearerAuth {
  readonly #options: BearerOptions;
  /** Undefined until an anonymous token has been refused; then the party that refused it. */
  #refused:
    | { readonly by: 'server' | 'token service'; readonly with: HttpResponse | NotaryError }
    | undefined;

  constructor(options: BearerOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const anonymousFirst = this.#options.access === 'pull' || !this.#secure();
    if (anonymousFirst && this.#refused === undefined) {
      const response = await this.#anonymously(request);
      if (response !== undefined) return response;
    }
    return this.#withCredentials(request);
  }

  /** The response to a request with an anonymous token, or undefined when such a token is refused. */
  async #anonymously(request: HttpRequest): Promise<HttpResponse | undefined> {
    let token: string;
    try {
      token = await this.#token(undefined);
    } catch (error) {
      if (!isNotaryError(error, 'UNAUTHORIZED')) throw error;
      this.#refused ??= { by: 'token service', with: error };
      return undefined;
    }
    const response = await this.#sendWith(request, token);
    if (response.status !== 401) return response;
    this.#refused ??= { by: 'server', with: response };
    return undefined;
  }

  async #withCredentials(request: HttpRequest): Promise<HttpResponse> {
    const { challenge, serverUrl, gun, insecureAllowed, credentials } = this.#options;
    requireSecure([challenge.parameters.get('realm') ?? '', serverUrl], insecureAllowed);
    const refused = this.#refused;
    const ask = refused?.by === 'token service' ? 'at-terminal' : 'always';
    const found = await credentials.find({ serverUrl, gun, scheme: 'bearer', ask });
    if (found === undefined && refused !== undefined) {
      if (refused.with instanceof Error) throw refused.with;
      return refused.with;
    }
    return this.#as(found, request);
  }

  async #as(user: Credentials | undefined, request: HttpRequest): Promise<HttpResponse> {
    let token: string;
    try {
      token = await this.#token(user);
    } catch (error) {
      if (isNotaryError(error, 'UNAUTHORIZED')) user?.refused?.();
      throw error;
    }
    const response = await this.#sendWith(request, token);
    if (response.status === 401) user?.refused?.();
    return response;
  }

  #secure(): boolean {
    const { challenge, serverUrl, insecureAllowed } = this.#options;
    const realm = challenge.parameters.get('realm') ?? '';
    return insecureAllowed || (/^https:/i.test(realm) && /^https:/i.test(serverUrl));
  }

  #token(credentials: Credentials | undefined): Promise<string> {
    return this.#options.tokens.token(this.#options.challenge, this.#options.scope, credentials);
  }

  #sendWith(request: HttpRequest, token: string): Promise<HttpResponse> {
    return this.#options.http.send(authorized(request, `Bearer ${token}`));
  }
}
