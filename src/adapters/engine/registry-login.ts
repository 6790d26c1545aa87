/** Makes the header by which the engine logs in at a registry, out of the login that docker has saved for it. */

import { trimEndOf } from '../../encoding/trim.ts';
import type { SavedLogin } from '../http/docker/docker-config.ts';
import { hostOf, keyOf } from '../http/docker/docker-hosts.ts';
import { type SavedLoginOptions, SavedLogins } from '../http/docker/saved-logins.ts';

/** What is shorter is not taken out of messages: it would be found in ordinary words. */
const shortestSecret = 4;

export interface RegistryLogin {
  /** For `X-Registry-Auth`: base64url of JSON, `{}` without a login (Docker Engine API, Authentication). */
  readonly header: string;
  /** Takes everything that the header holds out of a text. */
  readonly redact: (text: string) => string;
}

/**
 * The login for a registry: of `DOCKER_AUTH_CONFIG`, else of config.json and the credential helpers it names. One that
 * cannot be read is a warning, and counts as none, as in docker.
 *
 * @param domain of the image: `docker.io`, `localhost:5000`
 */
export async function registryLogin(domain: string, options: SavedLoginOptions): Promise<RegistryLogin> {
  const host = hostOf(domain);
  const found = host === undefined ? undefined : await new SavedLogins(options).find([host], () => true);
  if (found !== undefined) return headerOf(found.login, keyOf(domain));
  return { header: encoded({}), redact: (text) => text };
}

function headerOf({ username, password, identityToken }: SavedLogin, serveraddress: string): RegistryLogin {
  const members = { username, password, serveraddress, identitytoken: identityToken };
  const header = encoded(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== '')));
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  const secrets = [header, trimEndOf(header, '='), pair, password, identityToken];
  return { header, redact: (text) => withoutSecrets(text, secrets) };
}

function encoded(members: Readonly<Record<string, string>>): string {
  const text = Buffer.from(JSON.stringify(members)).toString('base64url');
  // Go's URLEncoding, which the engine reads, pads.
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
