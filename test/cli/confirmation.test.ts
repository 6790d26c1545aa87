/** The questions of `delegation remove` and `key remove` on a real terminal, beside genuine notary where it is there. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, type Program, run } from '../support/genuine/programs.ts';
import { type Ending, openShell, openTerminal, shellLine } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

const question = '\nAre you sure you want to remove all data for this delegation? (yes/no)\n';
const forced =
  '\nForced removal (including all keys and paths) of delegation role targets/x to repository "g" staged for next publish.\n\n';
const aborted = '* fatal: Aborting action.\n';

let home: string;
beforeAll(() => {
  home = makeScratch();
});
afterAll(() => removeScratch(home));

let count = 0;
const words = () => ['-d', `trust-${++count}`, 'delegation', 'remove', 'g', 'targets/x'];

async function answered(
  program: Program,
  keys: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const terminal = openTerminal(program, words(), { env: { HOME: home, ...env }, cwd: home });
  // As an expect script does it: no sooner than the question is there.
  await terminal.waitFor('(yes/no)\n');
  terminal.type(keys);
  return terminal.end();
}

describe.skipIf(!available('script'))('a question on a terminal', () => {
  const cases = [
    ['y', 'y\r', `y\n${forced}`, 0],
    ['yes', 'yes\r', `yes\n${forced}`, 0],
    ['yes, ended by a line feed', 'yes\n', `yes\n${forced}`, 0],
    ['YES with blanks', '  YES \r', `  YES \n${forced}`, 0],
    ['a mistake that is taken back', 'nx\x7f\x7fyes\r', `nx\b \b\b \byes\n${forced}`, 0],
    ['n', 'n\r', `n\n${aborted}`, 1],
    ['more than a word', 'yes please\r', `yes please\n${aborted}`, 1],
    ['nothing', '\r', `\n${aborted}`, 1],
    ['Ctrl-D', '\x04', aborted, 1],
    ['Ctrl-C', '\x03', '^C', 130],
  ] as const;

  it.each(cases)('is answered with %s', async (_, keys, rest, status) => {
    expect(await answered('tsnotary', keys)).toEqual({
      status,
      shown: question + rest,
      stderr: '',
      echo: true,
    });
  });

  it.skipIf(!available('notary')).each(cases)(
    'is answered to notary with %s',
    async (_, keys, rest, status) => {
      expect(await answered('notary', keys)).toMatchObject({ status, shown: question + rest });
    },
  );

  it.each([
    ['a dumb terminal', { TERM: 'dumb' }],
    ['one without colours', { NO_COLOR: '1' }],
    ['one that is to have colours', { FORCE_COLOR: '3' }],
  ])('looks the same on %s', async (_, env) => {
    expect(await answered('tsnotary', 'yes\r', env)).toMatchObject({
      status: 0,
      shown: `${question}yes\n${forced}`,
    });
    expect(await answered('tsnotary', '\x03', env)).toMatchObject({
      status: 130,
      shown: `${question}^C`,
      echo: true,
    });
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const)(
    'leaves the echo on after %s',
    async (signal) => {
      const line = `ulimit -c 0; echo $$ >pid; exec ${shellLine('tsnotary', words())}`;
      const terminal = openShell(line, { env: { HOME: home }, cwd: home });
      await terminal.waitFor('(yes/no)\n');
      await terminal.waitForEchoOff();
      const pid = readFileSync(join(home, 'pid'), 'utf8');
      process.kill(Number(pid), signal);
      const { status, echo } = await terminal.end();
      expect([status > 128, echo]).toEqual([true, true]);
    },
  );

  it('keeps its line at 80 columns, although that wraps', async () => {
    const env = { HOME: home, NOTARY_DELEGATION_PASSPHRASE: 'a long passphrase' };
    await run('tsnotary', ['-d', 'keys', 'key', 'generate', '-r', 'user'], { env, cwd: home });
    const [id = ''] = readdirSync(join(home, 'keys/private')).map((name) => name.replace('.key', ''));
    const terminal = openShell(
      `stty cols 80; ${shellLine('tsnotary', ['-d', 'keys', 'key', 'remove', id])}`,
      {
        ...{ env, cwd: home },
      },
    );
    await terminal.waitFor('(yes/no)  ');
    terminal.type('nope\x7f\x7f\x7f\x7fy\r');
    const { status, shown } = await terminal.end();
    const key = `${id} (role user) from ${join(home, 'keys/private')}`;
    const typed = `nope${'\b \b'.repeat(4)}y`;
    expect([status, shown]).toEqual([
      0,
      `\nAre you sure you want to remove ${key}?  (yes/no)  ${typed}\n\nDeleted ${key}.\n\n`,
    ]);
  });

  it('goes to standard error with --json', async () => {
    const line = `${shellLine('tsnotary', ['--json', ...words()])} >document`;
    const terminal = openShell(line, { env: { HOME: home }, cwd: home });
    await terminal.waitFor('(yes/no)\n');
    terminal.type('yes\r');
    expect(await terminal.end()).toMatchObject({ status: 0, shown: `${question}yes\n` });
    expect(JSON.parse(readFileSync(join(home, 'document'), 'utf8'))).toMatchObject({ whole: true });
  });

  it('that goes into a pipe is answered with the echo of the terminal', async () => {
    const line = `${shellLine('tsnotary', words())} | cat`;
    const terminal = openShell(line, { env: { HOME: home }, cwd: home });
    await terminal.waitFor('(yes/no)\n');
    terminal.answer('yes');
    expect((await terminal.end()).shown).toBe(`${question}yes\n${forced}`);
  });

  it('is asked for each of a list, and answers typed ahead count', async () => {
    writeFileSync(join(home, 'list'), 'g\nh\n');
    const listed = ['-d', 'listed', 'delegation', 'remove', '--repos', 'list', 'targets/x'];
    const terminal = openTerminal('tsnotary', listed, { env: { HOME: home }, cwd: home });
    await terminal.waitFor('(yes/no)\n');
    terminal.type('yes\rno\r');
    const { status, shown } = await terminal.end();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the line of progress, and its end
    expect(shown.replace(/1 of 2\r+\x1b\[K/g, '')).toContain(
      `g:\n${question}yes\n${forced}h:\n${question}no\n${aborted}`,
    );
    expect(status).toBe(1);
  });

  it('Ctrl-C at a question ends the script that asks it, too', async () => {
    const line = `${shellLine('tsnotary', words())}; echo CONTINUED`;
    const terminal = openShell(line, { env: { HOME: home }, cwd: home });
    await terminal.waitFor('(yes/no)\n');
    await terminal.waitForEchoOff();
    terminal.type('\x03');
    const { status, shown, echo } = await terminal.end();
    expect([status, shown, echo]).toEqual([130, `${question}^C`, true]);
  });

  it('a question is answered with no by a Ctrl-D that comes before it', async () => {
    const terminal = openTerminal('tsnotary', words(), { env: { HOME: home }, cwd: home });
    terminal.type('\x04');
    const { status, shown, echo } = await terminal.end();
    expect([status, shown.replaceAll('^D\b\b', ''), echo]).toEqual([1, `${question}${aborted}`, true]);
  });

  it('every question of a list is answered with no by one Ctrl-D', async () => {
    writeFileSync(join(home, 'two'), 'g\nh\n');
    const listed = ['-d', 'ended', 'delegation', 'remove', '--repos', 'two', 'targets/x'];
    const terminal = openTerminal('tsnotary', listed, { env: { HOME: home }, cwd: home });
    await terminal.waitFor('(yes/no)\n');
    terminal.type('\x04');
    const { status, shown } = await terminal.end();
    expect(shown.split(aborted)).toHaveLength(3);
    expect(status).toBe(1);
  });
});
