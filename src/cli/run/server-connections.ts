/** Connects to the trust server: one connection for each kind of access, made on the first request. */

import type { CredentialSource } from '../../adapters/http/auth/credentials.ts';
import type { Connection } from '../../adapters/http/notary/connect.ts';
import { offlineStore } from '../../adapters/http/notary/offline-store.ts';
import { openConnection } from '../../composition/connections.ts';
import { isNotaryError, rephrased, sameWords } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { Log } from '../../ports/log.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import type { Prompter } from '../../ports/prompts.ts';
import type { Config } from '../config/config.ts';
import { noServerAdvice, sourceOfTlsFile } from '../config/config-advice.ts';
import { checkServerUrl } from '../config/server-url.ts';
import type { RepositoryAccess } from '../spec/command-context.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import type { Secrets } from './output-channels.ts';

/** What the HTTP adapter reads from the environment, besides secrets. */
const networkVariables = [
  ...['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'REQUEST_METHOD'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'TSNOTARY_INSECURE_CREDENTIALS'],
];

interface ConnectingRun {
  readonly system: System;
  readonly globals: GlobalValues;
  readonly log: Log;
  readonly secrets: Secrets;
  /** Asks for a login. */
  readonly login: Prompter;
}

/** The connections of one run: the user types a password once, and commands share connections. */
export class ServerConnections {
  readonly #run: ConnectingRun;
  /** By access and server. */
  readonly #connections = new Map<string, Promise<Connection>>();
  #logins: Promise<CredentialSource> | undefined;

  constructor(run: ConnectingRun) {
    this.#run = run;
  }

  /** Waits until every server has answered the ping or has been given up, and the messages about that are logged. */
  async ready(): Promise<void> {
    for (const connection of await this.#opened()) await connection.ready();
  }

  async close(): Promise<void> {
    await this.ready();
    for (const connection of await this.#opened()) await connection.close();
  }

  /** The trust server as a repository sees it. @throws NotaryError SERVER_URL_INVALID, TLS_CONFIG_INVALID */
  async remote(config: Config, gun: Gun, access: RepositoryAccess): Promise<RemoteStore> {
    const serverUrl = checkServerUrl(config.server.url, gun, access !== 'offline');
    if (access === 'offline') return offlineStore;
    const name = `${access} ${serverUrl}`;
    const connection = this.#connections.get(name) ?? this.#connect(config, serverUrl, access);
    this.#connections.set(name, connection);
    return (await connection).remoteStore(gun);
  }

  async #connect(
    config: Config,
    serverUrl: string,
    access: Exclude<RepositoryAccess, 'offline'>,
  ): Promise<Connection> {
    const { environment, files, clock } = this.#run.system;
    const { rootCa, clientCert, clientKey, skipVerify } = config.server;
    const sourceOf = (path: string) =>
      sourceOfTlsFile(config, this.#run.globals, path, (one) => files.absolute(one));
    const caSource = rootCa && sourceOf(rootCa);
    const opening = openConnection(files, {
      serverUrl,
      tls: { ca: rootCa, caSource, clientCert, clientKey, skipVerify },
      env: {
        ...Object.fromEntries(networkVariables.map((variable) => [variable, environment.get(variable)])),
        NOTARY_AUTH: this.#run.secrets.notaryAuth,
      },
      logins: { find: async (request) => (await this.#dockerLogins(skipVerify)).find(request) },
      ...{ prompter: this.#run.login, clock, access, log: this.#connectionLog(config) },
    });
    return opening.catch((error: unknown) => {
      const file = isNotaryError(error, 'TLS_CONFIG_INVALID') ? error.details['file'] : undefined;
      const source = typeof file === 'string' ? sourceOf(file) : undefined;
      if (!isNotaryError(error) || source === undefined) throw error;
      throw rephrased(error, sameWords, { hint: `The file is named by ${source}.` });
    });
  }

  /** Where no server is configured, the failure to reach the default one says that. */
  #connectionLog(config: Config): Log {
    const { log } = this.#run;
    if (config.isDefaultServer !== true) return log;
    let said = false;
    return {
      ...log,
      error: (message, code) => {
        log.error(message, code);
        if (said || !message.startsWith('could not reach')) return;
        said = true;
        log.error(noServerAdvice(config, this.#run.system.environment), 'SERVER_NOT_CONFIGURED');
      },
    };
  }

  /** What `docker login` has saved: read when the first server wants a login, once for all of them. */
  #dockerLogins(skipVerify: boolean): Promise<CredentialSource> {
    const { environment, files } = this.#run.system;
    const variables = ['DOCKER_AUTH_CONFIG', 'DOCKER_CONFIG', 'HOME', 'PATH'];
    this.#logins ??= import('../../adapters/http/docker/docker-logins.ts').then(({ dockerLogins }) =>
      dockerLogins({
        env: Object.fromEntries(variables.map((variable) => [variable, environment.get(variable)])),
        absolute: (path) => files.absolute(path),
        tlsVerified: !skipVerify || environment.get('TSNOTARY_INSECURE_CREDENTIALS') === '1',
        log: this.#run.log,
      }),
    );
    return this.#logins;
  }

  /** The connections that were opened; a failure to open one was reported by the command that asked for it. */
  async #opened(): Promise<readonly Connection[]> {
    const settled = await Promise.allSettled(this.#connections.values());
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }
}
