/** Declares and parses the flags that the sandbox commands share. */

import { NotaryError } from '../../../errors.ts';
import type { Sandbox } from '../../../ports/sandbox.ts';
import { UsageError } from '../../args/usage-error.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineFlags } from '../../spec/command-spec.ts';

export const folderFlag = defineFlags({
  dir: {
    type: 'string',
    usage: 'Directory of the sandbox instead of ~/.local/state/tsnotary/sandbox',
  },
});

export const usersFlag = defineFlags({
  users: {
    type: 'string',
    usage: 'Ask for logins: file with a line user:password for each user',
  },
});

const highestPort = 65_535;

/** @throws NotaryError INVALID_FLAG */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port <= highestPort) return port;
  throw new NotaryError(
    'INVALID_FLAG',
    `invalid argument ${JSON.stringify(text)} for "--port": not a port number`,
    {
      hint: 'A port is a number from 1 to 65535; 0 stands for any that is free.',
    },
  );
}

/** The directory of the sandbox that the command is about. */
export function folderOf(context: CommandContext, sandbox: Sandbox, dir: string): string {
  return dir === '' ? sandbox.defaultFolder : context.files.absolute(dir);
}

/** @throws UsageError for anything but flags */
export function refuseArguments(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`Unexpected argument: ${args[0] ?? ''}`);
}
