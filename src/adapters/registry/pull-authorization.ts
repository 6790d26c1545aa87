/**
 * Authorizes the reading of one repository: answers the registry's challenge with a token of its token service, or
 * with the login itself (Docker registry v2 token authentication; RFC 7617).
 */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../ports/http.ts';
import type { RegistryLogin, RegistryLogins } from '../../ports/registry.ts';
import { authorized, basicAuthorization } from '../http/auth/authorization.ts';
import { type Challenge, parseChallenges, preferredChallenge } from '../http/auth/challenge.ts';
import { requireSecure } from '../http/auth/credentials.ts';
import type { TokenService } from '../http/auth/token-service.ts';
import { isUsable } from '../http/docker/usable-login.ts';
import { requestError, tokenError, unauthorized, type Wanted } from './registry-errors.ts';

export interface AuthorizationOptions {
  readonly http: HttpClient;
  readonly tokens: TokenService;
  readonly logins: RegistryLogins;
  /** Scheme, host and port of the registry. */
  readonly base: string;
  /** Send logins, and tokens for them, over plain http too. */
  readonly insecureAllowed: boolean;
}

export class PullAuthorization {
  readonly #options: AuthorizationOptions;
  /** What the registry wants; undefined until it has refused a request. */
  #challenge: Challenge | undefined;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /**
   * Sends a request as the registry wants it. Once it has named a token service, later requests take their token along
   * at once.
   *
   * @throws NotaryError REGISTRY_UNAUTHORIZED, REGISTRY_UNREACHABLE, REGISTRY_UNAVAILABLE, REGISTRY_INVALID
   */
  async send(request: HttpRequest, wanted: Wanted): Promise<HttpResponse> {
    if (this.#challenge !== undefined) return this.#answer(this.#challenge, request, wanted);
    const response = await this.#plain(request, wanted);
    if (response.status !== 401) return response;
    const challenge = preferredChallenge(parseChallenges(response.headers['www-authenticate'] ?? []));
    if (challenge === undefined) return response;
    this.#challenge = challenge;
    return this.#answer(challenge, request, wanted);
  }

  async #plain(request: HttpRequest, wanted: Wanted): Promise<HttpResponse> {
    try {
      return await this.#options.http.send(request);
    } catch (error) {
      throw requestError(error, wanted);
    }
  }

  #answer(challenge: Challenge, request: HttpRequest, wanted: Wanted): Promise<HttpResponse> {
    return challenge.scheme === 'basic'
      ? this.#withPassword(request, wanted)
      : this.#withToken(challenge, request, wanted);
  }

  async #withPassword(request: HttpRequest, wanted: Wanted): Promise<HttpResponse> {
    const { base, logins } = this.#options;
    const { domain } = wanted.repository;
    const login = await logins.find(domain);
    if (login === undefined || !isUsable(login, 'basic'))
      throw unauthorized(`the registry ${domain} asks for a password: no basic auth credentials`, wanted);
    this.#requireSecure([base], wanted);
    const header = basicAuthorization(login.username, login.password);
    const response = await this.#plain(authorized(request, header), wanted);
    if (response.status === 401) login.refused?.();
    return response;
  }

  /**
   * With the login if there is one, as docker does: a registry counts what is read anonymously against the address of
   * the machine, which others share. A login that would have to travel in plain text stays here, and the registry is
   * asked anonymously.
   */
  async #withToken(challenge: Challenge, request: HttpRequest, wanted: Wanted): Promise<HttpResponse> {
    const { base, logins } = this.#options;
    const urls = [challenge.parameters.get('realm') ?? '', base];
    const login = await logins.find(wanted.repository.domain);
    if (login === undefined || this.#isSecure(urls)) return this.#as(login, challenge, request, wanted);
    let response: HttpResponse;
    try {
      response = await this.#as(undefined, challenge, request, wanted);
    } catch (error) {
      if (isNotaryError(error, 'REGISTRY_UNAUTHORIZED')) this.#requireSecure(urls, wanted);
      throw error;
    }
    if (response.status === 401) this.#requireSecure(urls, wanted);
    return response;
  }

  async #as(
    login: RegistryLogin | undefined,
    challenge: Challenge,
    request: HttpRequest,
    wanted: Wanted,
  ): Promise<HttpResponse> {
    let token: string;
    try {
      // Whatever scope the challenge names, no more than reading this repository is asked for.
      const scope = `repository:${wanted.repository.path}:pull`;
      token = await this.#options.tokens.token(challenge, scope, login);
    } catch (error) {
      if (isNotaryError(error, 'UNAUTHORIZED')) login?.refused?.();
      throw tokenError(error, wanted);
    }
    return this.#plain(authorized(request, `Bearer ${token}`), wanted);
  }

  #isSecure(urls: readonly string[]): boolean {
    return this.#options.insecureAllowed || urls.every((url) => /^https:/i.test(url));
  }

  /** Loopback is no exception: any user of this machine may listen on a port of it. */
  #requireSecure(urls: readonly string[], wanted: Wanted): void {
    try {
      requireSecure(urls, this.#options.insecureAllowed);
    } catch (error) {
      if (!isNotaryError(error, 'UNAUTHORIZED')) throw error;
      throw unauthorized(error.message, wanted, {}, error satisfies NotaryError);
    }
  }
}
