/** `sandbox run`: runs a command with a Notary server of its own. */

import { missingCommand, UsageError } from '../../args/usage-error.ts';
import { defineCommand } from '../../spec/command-spec.ts';
import { usersFlag } from './options.ts';

export const sandboxRun = defineCommand({
  path: ['sandbox', 'run'],
  operands: '-- <command> [ argument ... ]',
  short: 'Runs a command with a sandbox of its own',
  long: 'Starts a sandbox on a free port, runs the command, ends the sandbox, and returns the exit status of the\ncommand (128 and the number of the signal that has ended it). The command finds a home folder of its own\nin HOME, where tsnotary, notary and docker are set up for the sandbox and no key of yours lies, and the\naddress in TSNOTARY_SANDBOX_URL, TSNOTARY_SANDBOX_CA and DOCKER_CONTENT_TRUST_SERVER. All is removed at\nthe end, unless --dir names a folder to keep it in.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).run,
  runsProgram: true,
  flags: {
    ...usersFlag,
    dir: { type: 'string', usage: 'Folder in which the sandbox and the home folder are kept' },
  },
  async run(context, { args, flags }) {
    const [program, ...words] = args;
    if (program === undefined) throw new UsageError(missingCommand);
    const sandbox = await context.openSandbox();
    const afterwards = () =>
      sandbox.run([program, ...words], {
        folder: flags.dir === '' ? undefined : context.files.absolute(flags.dir),
        port: 0,
        users: flags.users === '' ? undefined : context.files.absolute(flags.users),
      });
    // Standard output belongs to the command.
    return { text: () => '', json: () => undefined, keepRunning: afterwards };
  },
});
