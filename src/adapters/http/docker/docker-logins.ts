/** Finds the login that `docker login` has saved for a trust server. */

import type { CredentialRequest, CredentialSource, Credentials } from '../auth/credentials.ts';
import { loginHosts } from './docker-hosts.ts';
import { type SavedLoginOptions, SavedLogins } from './saved-logins.ts';
import { isUsable } from './usable-login.ts';

export interface DockerLoginOptions extends SavedLoginOptions {
  /**
   * Whether servers have to prove their names. Where they do not, a login could reach any server, and none is used.
   */
  readonly tlsVerified: boolean;
}

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
  readonly #saved: SavedLogins;

  constructor(options: DockerLoginOptions) {
    this.#options = options;
    this.#saved = new SavedLogins(options);
  }

  async find({ serverUrl, gun, scheme }: CredentialRequest): Promise<Credentials | undefined> {
    const { log, tlsVerified } = this.#options;
    const { files } = this.#saved;
    if (files.length === 0) return undefined;
    const server = new URL(serverUrl).host;
    if (!tlsVerified) {
      log.debug(`no Docker login is used for ${server}: its certificate is not verified`);
      return undefined;
    }
    const { usable, excluded } = loginHosts(serverUrl, gun);
    const found = await this.#saved.find(usable, (login) => isUsable(login, scheme));
    if (found !== undefined) return this.#saved.credentials(found, 'repeat docker login, or set NOTARY_AUTH');
    log.debug(`no Docker login for ${usable.join(' or ')} in ${files.join(' and ')}`);
    if (excluded !== undefined) {
      log.debug(`a Docker login for ${excluded} is not used: ${server} is not known to be its trust server`);
    }
    return undefined;
  }
}
