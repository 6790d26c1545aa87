/** Reads where docker keeps its trust, and which trust server belongs to a registry (docker CLI 28.2.2). */

import { maskPassword } from '../../encoding/url-text.ts';
import { NotaryError } from '../../errors.ts';
import { dockerHub } from '../../images/reference.ts';
import { checkServerUrl } from '../config/server-url.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';

const serverVariable = 'DOCKER_CONTENT_TRUST_SERVER';

export interface DockerSettings {
  /** The directory of docker's configuration, absolute. */
  readonly folder: string;
  /** The directory with keys and trust data, absolute. */
  readonly trustDir: string;
  /** What names the trust server; undefined where each registry has its own. */
  readonly serverNamedBy: string | undefined;
  /** @throws NotaryError SERVER_URL_INVALID */
  serverUrl(domain: string): string;
}

export function dockerSettings(
  { environment, files }: Pick<System, 'environment' | 'files'>,
  globals: Pick<GlobalValues, 'server' | 'trustDir'>,
): DockerSettings {
  const own = environment.get('DOCKER_CONFIG') ?? '';
  const home = environment.get('HOME') ?? '';
  const folder = files.absolute(own === '' ? `${home === '' ? '/' : home}/.docker` : own);
  const named = globals.server === '' ? (environment.get(serverVariable) ?? '') : globals.server;
  return {
    folder,
    trustDir: globals.trustDir === '' ? `${folder}/trust` : files.absolute(globals.trustDir),
    serverNamedBy: named === '' ? undefined : globals.server === '' ? serverVariable : '--server',
    serverUrl: (domain) => (named === '' ? defaultServer(domain) : checked(named)),
  };
}

function defaultServer(domain: string): string {
  return domain === dockerHub ? 'https://notary.docker.io' : `https://${domain}`;
}

/** Docker adds paths to the URL as it stands, so that a slash at its end breaks every request: here it is dropped. */
function checked(url: string): string {
  if (/^https:/i.test(url)) return checkServerUrl(url, dockerHub, true);
  const shown = maskPassword(url);
  throw new NotaryError('SERVER_URL_INVALID', `valid https URL required for trust server, got ${shown}`, {
    details: { url: shown },
    hint: `It is named by ${serverVariable} or --server.`,
  });
}
