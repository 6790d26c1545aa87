/** `sandbox stop`: stops the local server. */

import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { folderFlag, folderOf, refuseArguments } from './options.ts';

export const sandboxStop = defineCommand({
  path: ['sandbox', 'stop'],
  operands: '',
  surplus: 'refused',
  short: 'Stops the sandbox',
  long:
    'Stops the sandbox of the directory, and returns when it has ended. What was published stays in the ' +
    'directory. When no sandbox runs, it does nothing.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).stop,
  flags: folderFlag,
  async run(context, { args, flags }) {
    refuseArguments(args);
    const sandbox = await context.openSandbox();
    const folder = folderOf(context, sandbox, flags.dir);
    const stopped = await sandbox.stop(folder);
    context.print(
      stopped ? terminalSafe`Stopped the sandbox of ${folder}.` : terminalSafe`No sandbox runs in ${folder}.`,
    );
    return jsonOnly({ stopped, folder });
  },
});
