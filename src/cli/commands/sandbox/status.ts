/** `sandbox status`: shows whether the local server runs, and where. */

import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly, type Shown } from '../../spec/command-spec.ts';
import { folderFlag, folderOf, refuseArguments } from './options.ts';

/** As init scripts have it: a program that does not run. */
const notRunning = 3;

export const sandboxStatus = defineCommand({
  path: ['sandbox', 'status'],
  operands: '',
  surplus: 'refused',
  short: 'Shows whether the sandbox runs, and where it listens',
  long:
    'Shows whether a sandbox runs in the directory, where it listens, and whether it answers. The exit ' +
    'status is 0 when it answers and 3 when it does not.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).status,
  flags: folderFlag,
  async run(context, { args, flags }) {
    refuseArguments(args);
    const sandbox = await context.openSandbox();
    const folder = folderOf(context, sandbox, flags.dir);
    const found = await sandbox.find(folder);
    if (found === undefined) {
      context.print(terminalSafe`No sandbox runs in ${folder}.`);
      return { ...jsonOnly({ running: false, folder }), keepRunning: async () => notRunning };
    }
    const { url, ca, pid, answers } = found;
    const facts = [
      ['State', answers ? 'answers' : 'does not answer'],
      ['URL', url],
      ['Process', String(pid)],
      ['Directory', folder],
      ['CA certificate', ca],
    ] as const;
    const shown: Shown = {
      text: async (layout) => (await import('../../render/fact-table.ts')).factTable(facts, layout),
      json: () => ({ running: true, folder, url, ca, pid, answers }),
    };
    return answers ? shown : { ...shown, keepRunning: async () => notRunning };
  },
});
