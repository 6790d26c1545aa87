/** Words advice on the configuration, for messages: what it lacks, and where a file was named. It decides nothing. */

import type { GlobalValues } from '../spec/global-flags.ts';
import type { Environment } from '../spec/process.ts';
import type { Config } from './config.ts';

/** Says that no server is configured, and where it was looked for. */
export function noServerAdvice(config: Config, environment: Pick<Environment, 'get'>): string {
  const file = config.found
    ? `${config.configFile} has no remote_server.url`
    : `there is no configuration file ${config.configFile}`;
  const docker =
    (environment.get('DOCKER_CONTENT_TRUST_SERVER') ?? '') === ''
      ? ''
      : ' DOCKER_CONTENT_TRUST_SERVER is set and counts for docker only.';
  return `No trust server is configured, so that ${config.server.url} was tried: ${file}. Give -s URL, or set remote_server.url there.${docker}`;
}

/** What named a TLS file: the flag, or the setting and its file. */
export function sourceOfTlsFile(
  config: Config,
  globals: GlobalValues,
  file: string,
  absolute: (path: string) => string,
): string | undefined {
  const { rootCa, clientCert, clientKey } = config.server;
  const sources = [
    [rootCa, 'tlscacert', 'root_ca'],
    [clientCert, 'tlscert', 'tls_client_cert'],
    [clientKey, 'tlskey', 'tls_client_key'],
  ] as const;
  for (const [path, flag, setting] of sources) {
    if (path === undefined || absolute(path) !== absolute(file)) continue;
    return globals[flag] === '' ? `remote_server.${setting} in ${config.configFile}` : `--${flag}`;
  }
  return undefined;
}
