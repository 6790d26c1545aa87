/** `docker-plugin remove`: removes the plugins that tsnotary has installed. */

import { pluginNames } from '../../../ports/docker-plugins.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { placeOf, refuseArguments, systemFlag } from './options.ts';

export const dockerPluginRemove = defineCommand({
  path: ['docker-plugin', 'remove'],
  operands: '',
  surplus: 'refused',
  short: 'Removes the plugins from docker',
  long:
    'Removes docker-trust and docker-tsnotary from cli-plugins of the configuration directory of docker, or with ' +
    '--system from /usr/local/lib/docker/cli-plugins. A file of that name that is not of tsnotary stays, with a ' +
    'warning; with --strict nothing is removed then.',
  examples: async () => (await import('../../help/examples/docker-plugin.ts')).remove,
  flags: systemFlag,
  async run(context, { args, flags }) {
    refuseArguments(args);
    const plugins = await context.openDockerPlugins();
    const place = placeOf(flags);
    const folder = plugins.folder(place);
    const owners = pluginNames.map((name) => [name, plugins.owner(name, place)] as const);
    for (const [name, owner] of owners) {
      if (owner === undefined || owner === 'tsnotary') continue;
      const words = `${folder}/${name} is not of tsnotary`;
      const file = { file: `${folder}/${name}` };
      context.caution('PLUGIN_NOT_OURS', `${words}, and stays`, file, `${words}; nothing was removed`);
    }
    const removed: string[] = [];
    for (const [name, owner] of owners) {
      const path = `${folder}/${name}`;
      const done = owner === 'tsnotary' && plugins.remove(name, place);
      if (done) removed.push(path);
      if (done) context.print(terminalSafe`Removed ${path}.`);
      else if (owner === undefined) context.print(terminalSafe`There is no ${path}.`);
    }
    return jsonOnly({ removed });
  },
});
