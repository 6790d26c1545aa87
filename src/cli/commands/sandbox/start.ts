/** `sandbox start`: starts a local Notary server. */

import type { Output } from '../../../ports/files.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';
import { folderFlag, folderOf, parsePort, refuseArguments, usersFlag } from './options.ts';

export const sandboxStart = defineCommand({
  path: ['sandbox', 'start'],
  operands: '',
  surplus: 'refused',
  short: 'Starts a local Notary server',
  long:
    'Starts a Notary server that only programs on this machine can reach, with certificates and keys of its ' +
    'own, and shows how to point tsnotary, notary and docker at it. It runs until Ctrl-C, or with --detach ' +
    'in the background until "sandbox stop". It keeps what clients publish in its directory for the next ' +
    'start. It is meant for development and testing; in production run notary-server.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).start,
  flags: {
    ...folderFlag,
    ...usersFlag,
    detach: { type: 'bool', usage: 'Run in the background; return once it answers' },
    port: { type: 'string', default: '4443', usage: 'Port on loopback; 0 for any that is free' },
  },
  async run(context, { args, flags }) {
    refuseArguments(args);
    const port = parsePort(flags.port);
    const sandbox = await context.openSandbox();
    const folder = folderOf(context, sandbox, flags.dir);
    const inDefaultFolder = folder === sandbox.defaultFolder;
    const users = flags.users === '' ? undefined : context.files.absolute(flags.users);
    const { sandboxView } = await import('../../render/sandbox.ts');
    if (flags.detach) {
      const address = await sandbox.detach({ folder, port, users });
      return rendered(sandboxView, { ...address, detached: true, inDefaultFolder });
    }
    const { done, ...address } = await sandbox.start({ folder, port, users });
    const afterwards = async (stdout: Output) => {
      await done;
      // The terminal shows ^C, and leaves the cursor behind it.
      if (stdout.isTerminal) stdout.write('\n');
      return 0;
    };
    return {
      ...rendered(sandboxView, { ...address, detached: false, inDefaultFolder }),
      keepRunning: afterwards,
    };
  },
});
