/** Opens image registries, and the logins that docker has saved for them; the adapters are loaded when first needed. */

import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';
import type { Registry, RegistryLogins } from '../ports/registry.ts';

/** The environment variables that registries and their logins depend on. */
export const registryVariables = [
  ...['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'REQUEST_METHOD'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'TSNOTARY_INSECURE_CREDENTIALS'],
  ...['DOCKER_AUTH_CONFIG', 'DOCKER_CONFIG', 'HOME', 'PATH'],
];

export interface RegistrySettings {
  /** The values of `registryVariables`; `DOCKER_CONFIG` is the directory of `docker --config` where that is given. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly logins: RegistryLogins;
  /** Domains of registries that are spoken to in plain http, because the user wants it. */
  readonly plainHttp?: readonly string[];
}

/** A Registry that has loaded nothing and opened no connection until it is asked. */
export function openRegistry(files: Files, settings: RegistrySettings): Registry {
  let opened: Promise<Registry> | undefined;
  const open = async (): Promise<Registry> => {
    const { httpRegistry } = await import('../adapters/registry/http-registry.ts');
    return httpRegistry({ ...settings, absolute: (path) => files.absolute(path) });
  };
  return {
    manifest: async (repository, reference) => {
      opened ??= open();
      return (await opened).manifest(repository, reference);
    },
    referrers: async (repository, digest) => {
      opened ??= open();
      return (await opened).referrers(repository, digest);
    },
    checkRepository: async (repository) => {
      opened ??= open();
      return (await opened).checkRepository(repository);
    },
    close: async () => (await opened)?.close(),
  };
}

/** The logins that docker has saved, read when the first is looked for: one source for registries, engine and signer names. */
export function openRegistryLogins(
  files: Files,
  { env, log }: Pick<RegistrySettings, 'env' | 'log'>,
): RegistryLogins {
  let opened: Promise<RegistryLogins> | undefined;
  const open = async (): Promise<RegistryLogins> => {
    const { registryLogins } = await import('../adapters/http/docker/registry-logins.ts');
    return registryLogins({ env, log, absolute: (path) => files.absolute(path) });
  };
  return {
    find: async (domain) => {
      opened ??= open();
      return (await opened).find(domain);
    },
  };
}
