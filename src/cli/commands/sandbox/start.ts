/** `sandbox start`: starts a local Notary server. */

import { defineCommand, rendered } from '../../spec/command-spec.ts';
import { folderFlag, folderOf, parsePort, refuseArguments, usersFlag } from './options.ts';

export const sandboxStart = defineCommand({
  path: ['sandbox', 'start'],
  operands: '',
  short: 'Starts a Notary server on this machine, to try things out',
  long: 'Starts a Notary server that only programs on this machine can reach, with certificates and keys of its\nown, and shows how to point tsnotary, notary and docker at it. It runs until Ctrl-C, or with --detach in\nthe background until "sandbox stop". What clients publish is kept in its folder and there again at the\nnext start. It is for trying out and testing; in production run notary-server.',
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
    const users = flags.users === '' ? undefined : context.files.absolute(flags.users);
    const { sandboxView } = await import('../../render/sandbox.ts');
    if (flags.detach) {
      const address = await sandbox.detach({ folder, port, users });
      return rendered(sandboxView, { ...address, detached: true });
    }
    const { done, ...address } = await sandbox.start({ folder, port, users });
    const afterwards = async () => {
      await done;
      return 0;
    };
    return { ...rendered(sandboxView, { ...address, detached: false }), keepRunning: afterwards };
  },
});
