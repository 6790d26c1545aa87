/** `docker-plugin install`: puts the plugins where docker looks for them. */

import { NotaryError } from '../../../errors.ts';
import {
  type DockerPlugins,
  type PluginFile,
  type PluginState,
  pluginNames,
} from '../../../ports/docker-plugins.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';
import { isBroken, placeOf, refuseArguments, systemFlag } from './options.ts';

export const dockerPluginInstall = defineCommand({
  path: ['docker-plugin', 'install'],
  operands: '',
  surplus: 'refused',
  short: 'Makes "docker trust" and "docker tsnotary" run this tsnotary',
  long:
    'Writes docker-trust and docker-tsnotary into cli-plugins of the configuration directory of docker (DOCKER_CONFIG, ' +
    'else ~/.docker), or with --system into /usr/local/lib/docker/cli-plugins. They are launchers of a few lines that ' +
    'start this very installation, and stay right over its upgrades. Files of that name which are not of tsnotary ' +
    'are refused. A docker older than 29 runs its own "trust" in place of the plugin; "docker tsnotary trust" is ' +
    'this one there. The exit status is 1 when docker cannot use a plugin afterwards.',
  examples: async () => (await import('../../help/examples/docker-plugin.ts')).install,
  flags: {
    ...systemFlag,
    force: { type: 'bool', usage: 'Replace files of that name that are not of tsnotary' },
  },
  async run(context, { args, flags }) {
    refuseArguments(args);
    const plugins = await context.openDockerPlugins();
    const place = placeOf(flags);
    const folder = plugins.folder(place);
    const before = await Promise.all(pluginNames.map((name) => plugins.state(name)));
    if (!flags.force) for (const state of before) refuseForeign(state, folder);
    for (const state of before) warnOfEarlier(context, plugins, state, folder);
    for (const name of pluginNames) {
      const path = plugins.install(name, place, flags.force);
      context.print(terminalSafe`Installed ${path}.`);
    }
    const states = await Promise.all(pluginNames.map((name) => plugins.state(name)));
    const { pluginView } = await import('../../render/docker-plugin.ts');
    const shown = { states, docker: await plugins.docker(), notesOnly: true };
    return { ...rendered(pluginView, shown), status: states.some(isBroken) ? 1 : 0 };
  },
});

/** @throws NotaryError PLUGIN_NOT_OURS saying whose it looks like */
function refuseForeign({ name, found }: PluginState, folder: string): void {
  const file = found.find(({ path }) => path === `${folder}/${name}`);
  if (file === undefined || file.owner === 'tsnotary') return;
  throw new NotaryError('PLUGIN_NOT_OURS', `${file.path} is not of tsnotary: ${looksLike(file)}`, {
    details: { file: file.path, ...(file.vendor !== undefined && { vendor: file.vendor }) },
    hint: 'Nothing was changed. --force replaces it; docker-plugin status shows what docker finds.',
  });
}

function looksLike({ owner, vendor, version, problem }: PluginFile): string {
  if (vendor !== undefined) {
    const release = version === undefined ? '' : `, version ${version}`;
    return `it looks like a plugin of ${JSON.stringify(vendor)}${release}`;
  }
  if (owner === 'unreadable') return 'it cannot be read';
  return `it looks like no plugin of docker (${problem ?? 'it says nothing of itself'})`;
}

/** Docker runs the first that it finds. */
function warnOfEarlier(
  context: CommandContext,
  { folders }: DockerPlugins,
  { name, found }: PluginState,
  folder: string,
): void {
  const before = folders.slice(0, folders.indexOf(folder)).map((earlier) => `${earlier}/${name}`);
  const first = found.find(({ path, owner }) => before.includes(path) && owner !== 'tsnotary');
  if (first === undefined) return;
  const words = `docker finds ${first.path} before ${folder}/${name}, and runs that: ${looksLike(first)}`;
  context.caution('PLUGIN_SHADOWED', words, { file: first.path }, `${words}; nothing was installed`);
}
