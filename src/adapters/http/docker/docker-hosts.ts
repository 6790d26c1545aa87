/**
 * Decides which saved Docker login a trust server may receive. Docker saves logins under the registry's host; a
 * trust server gets one only if it is that host, or is known to be the trust server of that registry.
 */

import type { Gun } from '../../../metadata/gun.ts';

const dockerHub = 'docker.io';
/** Docker Hub's trust server, the one that Docker itself uses for `docker.io/…`. */
const dockerHubTrustServer = 'notary.docker.io';

/**
 * The host of a key of Docker's configuration, as `host`, `host:port` or `docker.io`: with or without
 * scheme and API version, as `docker login` has written them over the years.
 *
 * @returns undefined for anything else, such as `https://index.docker.io/v1/access-token`, under which
 * Docker keeps what is no login
 */
export function hostOf(key: string): string | undefined {
  const [, authority] = /^(?:https?:\/\/)?([^/@?#\\\s]+)(?:\/|\/v[12]\/?)?$/i.exec(key) ?? [];
  if (authority === undefined || !URL.canParse(`https://${authority}`)) return undefined;
  const { host } = new URL(`https://${authority}`);
  return host === `index.${dockerHub}` ? dockerHub : host;
}

/** The key under which Docker saves a host's login today, and for which it asks credential helpers. */
export function keyOf(host: string): string {
  return host === dockerHub ? `https://index.${dockerHub}/v1/` : host;
}

/**
 * The host of the registry that a GUN names: its first segment, if that looks like a host by Docker's
 * rule for image names. Docker would take a GUN without one for an image of Docker Hub; Notary gives
 * it no such meaning, and neither do we.
 */
export function registryOf(gun: Gun): string | undefined {
  const [, first = ''] = /^([^/]+)\//.exec(gun) ?? [];
  return first === 'localhost' || /[.:]/.test(first) ? hostOf(first) : undefined;
}

export interface LoginHosts {
  /** Hosts whose login the trust server may have, the best first. */
  readonly usable: readonly string[];
  /** The GUN's registry, when its login is not for this trust server. */
  readonly excluded: string | undefined;
}

/**
 * Which saved logins are for a trust server that serves a GUN (decision 0007): that of its own host
 * and port; then that of the GUN's registry, provided that both have one host name, so that one
 * certificate speaks for both, or are Docker Hub's registry and trust server.
 */
export function loginHosts(serverUrl: string, gun: Gun): LoginHosts {
  const server = new URL(serverUrl);
  const own = hostOf(server.host);
  const registry = registryOf(gun);
  const usable = own === undefined ? [] : [own];
  if (registry === undefined || registry === own) return { usable, excluded: undefined };
  const related =
    registry === dockerHub
      ? server.host === dockerHubTrustServer
      : new URL(`https://${registry}`).hostname === server.hostname;
  return related ? { usable: [...usable, registry], excluded: undefined } : { usable, excluded: registry };
}
