/** `docker-plugin status`: shows what docker runs for `docker trust` and `docker tsnotary`. */

import { pluginNames } from '../../../ports/docker-plugins.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';
import { isBroken, isInstalled, refuseArguments } from './options.ts';

/** As `sandbox status`: what is asked for is not there. */
const notInstalled = 3;

export const dockerPluginStatus = defineCommand({
  path: ['docker-plugin', 'status'],
  operands: '',
  surplus: 'refused',
  short: 'Shows what "docker trust" and "docker tsnotary" run',
  long:
    'Looks for docker-trust and docker-tsnotary in every directory where docker looks for plugins, starts each as ' +
    'docker does, and shows whose it is, its version, and which docker finds first. The exit status is 1 when a ' +
    'plugin of tsnotary does not start or docker finds another one first, else 3 when one is not installed.',
  examples: async () => (await import('../../help/examples/docker-plugin.ts')).status,
  flags: {},
  async run(context, { args }) {
    refuseArguments(args);
    const plugins = await context.openDockerPlugins();
    const states = await Promise.all(pluginNames.map((name) => plugins.state(name)));
    const { pluginView } = await import('../../render/docker-plugin.ts');
    const shown = { states, docker: await plugins.docker(), notesOnly: false };
    const missing = states.every(isInstalled) ? 0 : notInstalled;
    return { ...rendered(pluginView, shown), status: states.some(isBroken) ? 1 : missing };
  },
});
