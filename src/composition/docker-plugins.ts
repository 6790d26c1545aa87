/** Opens the plugins of the docker CLI. */

import type { PluginOptions } from '../adapters/docker-plugin/docker-plugins.ts';
import type { DockerPlugins } from '../ports/docker-plugins.ts';

export type PluginSurroundings = Omit<PluginOptions, 'env' | 'systemFolders' | 'program'> & {
  readonly environment: { get(name: string): string | undefined };
};

/** The plugins that the docker CLI of this user finds. Nothing is read or started before the first call but config.json. */
export async function openDockerPlugins({
  environment,
  ...options
}: PluginSurroundings): Promise<DockerPlugins> {
  const { dockerPlugins } = await import('../adapters/docker-plugin/docker-plugins.ts');
  const env = Object.fromEntries(
    ['DOCKER_CONFIG', 'HOME', 'PATH'].map((name) => [name, environment.get(name)]),
  );
  return dockerPlugins({ ...options, env });
}
