/** Opens the Docker engine; its HTTP client is loaded on the first call. */

import type { EngineOptions } from '../adapters/engine/engine.ts';
import type { Engine } from '../ports/engine.ts';

/** The variables that say where the engine is and which logins there are. */
const variables = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_TLS',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_API_VERSION',
  'DOCKER_AUTH_CONFIG',
  'DOCKER_CONFIG',
  'HOME',
  'PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

export type EngineSurroundings = Omit<EngineOptions, 'env' | 'limits'> & {
  readonly environment: { get(name: string): string | undefined };
};

/** The engine that docker would use, by its variables and its config.json. Nothing is read or asked before the first call. */
export async function openEngine({ environment, ...options }: EngineSurroundings): Promise<Engine> {
  const { dockerEngine } = await import('../adapters/engine/engine.ts');
  const env = Object.fromEntries(variables.map((name) => [name, environment.get(name)]));
  return dockerEngine({ ...options, env });
}
