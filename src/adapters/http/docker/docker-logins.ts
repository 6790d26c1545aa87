/** Finds the login that `docker login` has saved for a trust server. */

import { join } from 'node:path';
import { isNotaryError } from '../../../errors.ts';
import type { Log } from '../../../ports/log.ts';
import type { CredentialRequest, CredentialSource, Credentials } from '../auth/credentials.ts';
import {
  type DockerConfig,
  dockerConfigOfVariable,
  helperFor,
  loginInFile,
  readDockerConfig,
  type SavedLogin,
} from './docker-config.ts';
import { keyOf, loginHosts } from './docker-hosts.ts';

export interface DockerLoginOptions {
  /** `DOCKER_AUTH_CONFIG` (text of JSON), `DOCKER_CONFIG` (a directory), `HOME` and `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
  /**
   * Whether servers have to prove their names. Where they do not, a login could reach any server, and none is used.
   */
  readonly tlsVerified: boolean;
  readonly log: Log;
  /** Milliseconds for which a credential helper is waited for. */
  readonly helperTimeout?: number;
}

const defaultHelperTimeout = 60_000;

/**
 * The logins in `config.json` of Docker's directory and in the credential helpers it names. Which of them a server
 * gets is said in decision 0007 and by `loginHosts`.
 *
 * A failure of the file or a helper is logged once, as a warning without any of their content, and counts as no
 * login.
 */
export function dockerLogins(options: DockerLoginOptions): CredentialSource {
  const logins = new DockerLogins(options);
  const found = new Map<string, Promise<Credentials | undefined>>();
  return {
    find: (request) => {
      const key = JSON.stringify([request.serverUrl, request.gun, request.scheme]);
      const credentials = found.get(key) ?? logins.find(request);
      found.set(key, credentials);
      return credentials;
    },
  };
}

class DockerLogins {
  readonly #options: DockerLoginOptions;
  readonly #logged = new Set<string>();
  /** Undefined until they were read. */
  #configs: readonly DockerConfig[] | undefined;

  constructor(options: DockerLoginOptions) {
    this.#options = options;
  }

  async find({ serverUrl, gun, scheme }: CredentialRequest): Promise<Credentials | undefined> {
    const { log, tlsVerified: serversProved } = this.#options;
    const configs = this.#read();
    if (configs.length === 0) return undefined;
    const server = new URL(serverUrl).host;
    if (!serversProved) {
      log.debug(`no Docker login is used for ${server}: its certificate is not verified`);
      return undefined;
    }
    const { usable, excluded: withheld } = loginHosts(serverUrl, gun);
    for (const config of configs) {
      for (const host of usable) {
        const login = await this.#loginOf(config, host);
        if (login !== undefined && isUsable(login, scheme))
          return this.#credentials(login, host, config.file);
      }
    }
    const looked = configs.map(({ file }) => file).join(' and ');
    log.debug(`no Docker login for ${usable.join(' or ')} in ${looked}`);
    if (withheld !== undefined) {
      log.debug(`a Docker login for ${withheld} is not used: ${server} is not known to be its trust server`);
    }
    return undefined;
  }

  /** Where logins are looked for, in Docker's order: `DOCKER_AUTH_CONFIG`, then `config.json`. */
  #read(): readonly DockerConfig[] {
    if (this.#configs === undefined) {
      const file = this.#file();
      const { DOCKER_AUTH_CONFIG: variable = '' } = this.#options.env;
      this.#configs = [
        variable === ''
          ? undefined
          : this.#unlessDamaged('DOCKER_AUTH_CONFIG', () => dockerConfigOfVariable(variable)),
        file === undefined ? undefined : this.#unlessDamaged(file, () => readDockerConfig(file)),
      ].filter((config) => config !== undefined);
    }
    return this.#configs;
  }

  #file(): string | undefined {
    const { env, absolute } = this.#options;
    const { DOCKER_CONFIG: folder = '', HOME: home = '' } = env;
    if (folder !== '') return absolute(join(folder, 'config.json'));
    return home === '' ? undefined : absolute(join(home, '.docker/config.json'));
  }

  async #loginOf(config: DockerConfig, host: string): Promise<SavedLogin | undefined> {
    const name = helperFor(config, host);
    if (name === undefined) return this.#unlessDamaged(config.file, () => loginInFile(config, host));
    const { askHelper } = await import('./credential-helper.ts');
    const { env, helperTimeout = defaultHelperTimeout } = this.#options;
    const request = { name, key: keyOf(host), path: env['PATH'] ?? '', timeout: helperTimeout };
    const answer = await askHelper(request);
    if (answer.kind === 'login') return answer.login;
    if (answer.kind === 'failed') {
      this.#warn(`no Docker login for ${host}: ${answer.reason}`, 'CREDENTIAL_HELPER_FAILED');
    }
    return undefined;
  }

  /** What the file says, or undefined and a warning when it cannot be understood. */
  #unlessDamaged<T>(file: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      // The message about damaged content quotes it.
      const reason = error.code === 'FILE_UNREADABLE' ? error.message : `${file} is damaged`;
      this.#warn(`Docker logins are not used: ${reason}`, 'DOCKER_CONFIG_UNUSABLE');
      return undefined;
    }
  }

  #credentials(login: SavedLogin, host: string, file: string): Credentials {
    const { username, password, identityToken } = login;
    this.#options.log.debug(`using the Docker login for ${host} of ${file}`);
    return {
      username,
      password,
      ...(identityToken === '' ? {} : { identityToken }),
      refused: () => {
        const advice = 'repeat docker login, or set NOTARY_AUTH';
        this.#warn(`the Docker login for ${host} of ${file} was refused: ${advice}`, 'DOCKER_LOGIN_REFUSED');
      },
    };
  }

  #warn(message: string, code: string): void {
    if (this.#logged.has(message)) return;
    this.#logged.add(message);
    this.#options.log.warn(message, code);
  }
}

/** A token service takes an identity token; a server that asks for a password needs one. */
function isUsable(login: SavedLogin, scheme: CredentialRequest['scheme']): boolean {
  if (scheme === 'bearer' && login.identityToken !== '') return true;
  return login.username !== '' && login.password !== '';
}
