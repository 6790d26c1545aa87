/** Decides whether a login that docker has saved can be presented in the way that a server asks for. */

import type { RegistryLogin } from '../../../ports/registry.ts';

/** How a login is presented: to a token service, or to the server itself with every request. */
export type LoginScheme = 'basic' | 'bearer';

/** A token service takes an identity token in place of user name and password; a server that asks for a password needs both. */
export function isUsable(
  { username, password, identityToken = '' }: Pick<RegistryLogin, 'username' | 'password' | 'identityToken'>,
  scheme: LoginScheme,
): boolean {
  if (scheme === 'bearer' && identityToken !== '') return true;
  return username !== '' && password !== '';
}
