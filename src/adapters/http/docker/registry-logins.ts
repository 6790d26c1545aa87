/** Finds the login that docker has saved for a registry. */

import { loginCommand } from '../../../images/reference.ts';
import type { RegistryLogin, RegistryLogins } from '../../../ports/registry.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { hostOf } from './docker-hosts.ts';
import { type SavedLoginOptions, SavedLogins } from './saved-logins.ts';
import { isUsable } from './usable-login.ts';

/**
 * The logins by registry, each looked for once: a credential helper may ask the user to unlock a key ring.
 *
 * Who gets a login is said in decision 0007 and by the callers: a registry gets its own.
 */
export function registryLogins(options: SavedLoginOptions): RegistryLogins {
  const saved = new SavedLogins(options);
  const known = new Map<string, Promise<RegistryLogin | undefined>>();
  const find = async (domain: string): Promise<RegistryLogin | undefined> => {
    const host = hostOf(domain);
    // How it will be presented is not known yet: one for a token service may do.
    const found =
      host === undefined ? undefined : await saved.find([host], (login) => isUsable(login, 'bearer'));
    if (found !== undefined) return saved.credentials(found, `repeat "${loginCommand(domain)}"`);
    options.log.debug(`no Docker login for ${domain}`);
    return undefined;
  };
  return {
    find: (domain) => {
      const login = known.get(domain) ?? find(domain);
      known.set(domain, login);
      return login;
    },
  };
}

/** The login of an image's registry for the trust server that is named for it, whatever its host (docker CLI 28.2.2). */
export function credentialsOfRegistry(logins: RegistryLogins, domain: string): CredentialSource {
  return {
    find: async ({ scheme }) => {
      const login = await logins.find(domain);
      return login !== undefined && isUsable(login, scheme) ? login : undefined;
    },
  };
}
