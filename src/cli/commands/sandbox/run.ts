/** `sandbox run`: runs a command with a Notary server of its own. */

import { missingCommand, UsageError } from '../../args/usage-error.ts';
import { defineCommand } from '../../spec/command-spec.ts';
import { usersFlag } from './options.ts';

export const sandboxRun = defineCommand({
  path: ['sandbox', 'run'],
  operands: '-- <command> [ argument ... ]',
  short: 'Runs a command with a sandbox of its own',
  long:
    'Starts a sandbox on a free port, runs the command, stops the sandbox, and returns the exit status of ' +
    'the command (128 plus the number of the signal that has ended it). HOME is a new home directory, in ' +
    'which tsnotary, notary and docker are set up for the sandbox and none of your keys are; this tsnotary is ' +
    'first on the PATH. The address is ' +
    'in TSNOTARY_SANDBOX_URL, TSNOTARY_SANDBOX_CA and DOCKER_CONTENT_TRUST_SERVER. Everything is removed at ' +
    'the end, unless --dir names a directory to keep it in.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).run,
  runsProgram: true,
  flags: {
    ...usersFlag,
    dir: { type: 'string', usage: 'Directory that keeps the sandbox and the home directory' },
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
