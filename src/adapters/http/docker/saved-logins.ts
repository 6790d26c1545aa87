/** Finds what `docker login` has saved for a host: in `DOCKER_AUTH_CONFIG`, `config.json`, and credential helpers. */

import { join } from 'node:path';
import { isNotaryError } from '../../../errors.ts';
import type { Log } from '../../../ports/log.ts';
import type { Credentials } from '../auth/credentials.ts';
import {
  type DockerConfig,
  dockerConfigOfVariable,
  helperFor,
  loginInFile,
  readDockerConfig,
  type SavedLogin,
} from './docker-config.ts';
import { keyOf } from './docker-hosts.ts';

export interface SavedLoginOptions {
  /** `DOCKER_AUTH_CONFIG` (text of JSON), `DOCKER_CONFIG` (a directory), `HOME` and `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves a path against the working directory. */
  readonly absolute: (path: string) => string;
  readonly log: Log;
  /** Milliseconds for which a credential helper is waited for. */
  readonly helperTimeout?: number;
}

const defaultHelperTimeout = 60_000;

/** A login and where it was found. */
export interface FoundLogin {
  readonly login: SavedLogin;
  readonly host: string;
  /** Path of the configuration file, or the name of the variable. */
  readonly file: string;
}

/**
 * The logins that docker has saved; the files are read once, on the first search.
 *
 * A failure of the file or a helper is logged once, as a warning without any of their content, and counts as no
 * login.
 */
export class SavedLogins {
  readonly #options: SavedLoginOptions;
  readonly #logged = new Set<string>();
  /** Undefined until they were read. */
  #configs: readonly DockerConfig[] | undefined;

  constructor(options: SavedLoginOptions) {
    this.#options = options;
  }

  /** The files and variables that hold logins, in docker's order. */
  get files(): readonly string[] {
    return this.#read().map(({ file }) => file);
  }

  /**
   * The first login that will do: an earlier file goes before a later one, and then an earlier host.
   *
   * @param hosts as `hostOf` of docker-hosts gives them
   */
  async find(
    hosts: readonly string[],
    willDo: (login: SavedLogin) => boolean,
  ): Promise<FoundLogin | undefined> {
    for (const config of this.#read()) {
      for (const host of hosts) {
        const login = await this.#loginOf(config, host);
        if (login !== undefined && willDo(login)) return { login, host, file: config.file };
      }
    }
    return undefined;
  }

  /**
   * The login as credentials.
   *
   * @param advice what to do when they are refused
   */
  credentials({ login, host, file }: FoundLogin, advice: string): Credentials {
    const { username, password, identityToken } = login;
    this.#options.log.debug(`using the Docker login for ${host} of ${file}`);
    return {
      username,
      password,
      ...(identityToken === '' ? {} : { identityToken }),
      refused: () =>
        this.#warn(`the Docker login for ${host} of ${file} was refused: ${advice}`, 'DOCKER_LOGIN_REFUSED'),
    };
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

  #warn(message: string, code: string): void {
    if (this.#logged.has(message)) return;
    this.#logged.add(message);
    this.#options.log.warn(message, code);
  }
}
