/** Shell scripts whose user presses Ctrl-C or Ctrl-\ at a prompt, beside the genuine client. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, type Program } from '../support/genuine/programs.ts';
import { openShell, shellLine, type Terminal } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

let home: string;
beforeAll(() => {
  home = makeScratch();
});
afterAll(() => removeScratch(home));

const programs: readonly Program[] = ['notary', 'tsnotary'];

/** A script of two commands, at the passphrase prompt of the first. */
async function prompted(program: Program): Promise<Terminal> {
  const generate = shellLine(program, ['-d', home, 'key', 'generate', '-r', 'user']);
  const terminal = openShell(`ulimit -c 0; ${generate}; echo the script went on`, { env: { HOME: home } });
  await terminal.waitFor('Enter passphrase for new user key');
  await terminal.waitForEchoOff();
  return terminal;
}

describe.skipIf(!available('script') || !available('notary'))('a script at a passphrase prompt', () => {
  it.each(programs)('Ctrl-C ends the script around %s as well', async (program) => {
    const terminal = await prompted(program);
    terminal.interrupt();
    const { status, shown } = await terminal.end();
    expect([status, shown.includes('the script went on')]).toEqual([130, false]);
  });

  it.each(programs)('Ctrl-\\ ends the script around %s as well', async (program) => {
    const terminal = await prompted(program);
    terminal.type('\x1c');
    const { status, shown } = await terminal.end();
    expect([status, shown.includes('the script went on')]).toEqual([131, false]);
  });
});
