/** Opens the connection to a trust server for one run of a command. */

import type { Gun } from '../../../metadata/gun.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { HttpClient } from '../../../ports/http.ts';
import type { Log } from '../../../ports/log.ts';
import type { RemoteStore } from '../../../ports/notary-server.ts';
import type { Prompter } from '../../../ports/prompts.ts';
import type { Access, AuthorizationOptions } from '../auth/authorization.ts';
import { basicAuth } from '../auth/basic-auth.ts';
import { bearerAuth } from '../auth/bearer-auth.ts';
import { type Challenge, preferredChallenge } from '../auth/challenge.ts';
import { type CredentialSource, cachedSource, chainSources, promptSource } from '../auth/credentials.ts';
import { loginHint } from '../auth/login-hint.ts';
import { tokenService } from '../auth/token-service.ts';
import { defaultLimits, type NetworkLimits } from '../transport/limits.ts';
import { loadTls, type TlsFiles } from '../transport/tls.ts';
import { undiciClient } from '../transport/undici-client.ts';
import { type PingResult, ping } from './ping.ts';
import { httpRemoteStore } from './remote-store.ts';
import { firstContact } from './send-during-ping.ts';

export interface ConnectOptions {
  /** `http://` or `https://`, host, port and an optional path; checked by the caller. */
  readonly serverUrl: string;
  readonly tls: TlsFiles;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked for a login where none is known; without it the user is not. */
  readonly prompter?: Prompter;
  readonly log: Log;
  readonly access: Access;
  readonly clock: Clock;
  /** Asked for credentials before the user is; `NOTARY_AUTH` wins over it. */
  readonly logins?: CredentialSource;
  /** One sentence on how to log in, for errors (default: with `docker login` to the server, or `NOTARY_AUTH`). */
  readonly loginHint?: string;
  readonly limits?: NetworkLimits;
  /** Embedded in another program: do not change process-wide settings. */
  readonly embedded?: boolean;
}

export interface Connection {
  /** The store of a GUN; the same one every time, with what it has learned about authorization. */
  remoteStore(gun: Gun): RemoteStore;
  /**
   * Waits until the server has answered the first request or has been given up, and the messages about that are
   * logged. Callers may skip it; it keeps these messages out of what is printed afterwards.
   */
  ready(): Promise<void>;
  /** Ends all requests that are under way. */
  close(): Promise<void>;
}

/**
 * Reads the TLS files, then pings the server without waiting for its answer. A server that cannot be reached is no
 * error here: its stores refuse everything with OFFLINE.
 *
 * @throws NotaryError TLS_CONFIG_INVALID
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { serverUrl, env, log, clock, access, embedded: guest = false } = options;
  const limits = options.limits ?? defaultLimits;
  const http = undiciClient({ tls: await loadTls(options.tls, env), env, clock, limits, guest });
  let known: PingResult | undefined;
  const verdict = ping(http, serverUrl, limits.ping, log).then((said) => (known = said));
  // The client does not wait for requests to a server that is not there.
  const greeted = verdict.then(({ kind }) => (kind === 'offline' ? http.close() : undefined));
  const login = options.loginHint ?? loginHint(serverUrl, (env['NOTARY_AUTH'] ?? '') !== '');
  const authorization: Omit<AuthorizationOptions, 'gun'> = {
    http,
    serverUrl,
    access,
    credentials: credentialsOf(options),
    loginHint: login,
    insecureAllowed: env['TSNOTARY_INSECURE_CREDENTIALS'] === '1',
  };
  const tokens = tokenService(http, clock, limits.token);

  const authorize = (gun: Gun, challenges: readonly Challenge[]): HttpClient => {
    const challenge = preferredChallenge(challenges);
    if (challenge?.scheme === 'basic') return basicAuth({ ...authorization, gun });
    if (challenge?.scheme !== 'bearer') return http;
    return bearerAuth({ ...authorization, gun, challenge, tokens, scope: `repository:${gun}:${access}` });
  };
  const open = (gun: Gun): RemoteStore => {
    const client = firstContact({
      plain: http,
      verdict,
      known: () => known,
      access,
      authorize: ({ challenges }) => authorize(gun, challenges),
    });
    return httpRemoteStore(client, serverUrl, gun, () => (known?.kind === 'challenged' ? login : undefined));
  };
  const stores = new Map<Gun, RemoteStore>();
  return {
    remoteStore: (gun) => {
      const store = stores.get(gun) ?? open(gun);
      stores.set(gun, store);
      return store;
    },
    ready: () => greeted,
    close: () => http.close(),
  };
}

/** `NOTARY_AUTH` is the user's word for this run, even when it is wrong; a saved login is not asked then. */
function credentialsOf({ env, logins, prompter, log, clock }: ConnectOptions): CredentialSource {
  const notaryAuth = env['NOTARY_AUTH'];
  const own = cachedSource(promptSource({ notaryAuth, prompter, log, clock }));
  return logins === undefined || (notaryAuth ?? '') !== '' ? own : chainSources([logins, own]);
}
