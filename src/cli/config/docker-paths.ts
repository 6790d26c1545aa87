/** Says where docker keeps what it trusts, and the Docker engine its configuration. */

import type { Environment } from '../spec/process.ts';

/** The trust directory of docker; undefined when no home directory is known. */
export function dockerTrustDir(environment: Pick<Environment, 'get'>): string | undefined {
  const folder = environment.get('DOCKER_CONFIG') ?? '';
  if (folder !== '') return `${folder}/trust`;
  const home = environment.get('HOME') ?? '';
  return home === '' ? undefined : `${home}/.docker/trust`;
}

/** Of the engine of the machine and of that of the user: both may run. */
export function engineConfigFiles(environment: Pick<Environment, 'get'>): readonly string[] {
  const home = environment.get('HOME') ?? '';
  const xdg = environment.get('XDG_CONFIG_HOME') ?? '';
  const own = xdg !== '' ? xdg : home === '' ? undefined : `${home}/.config`;
  return ['/etc/docker/daemon.json', ...(own === undefined ? [] : [`${own}/docker/daemon.json`])];
}
