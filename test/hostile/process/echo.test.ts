/** A terminal on which a passphrase is asked for, and what it is left like. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, run } from '../../support/genuine/programs.ts';
import { openShell, shellLine, type Terminal } from '../../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { contents, until } from './child.ts';

const passphrase = 'typed and never shown';

let home: string;
beforeAll(() => {
  home = makeScratch();
});
afterAll(() => removeScratch(home));

let sessions = 0;

/** tsnotary at its first prompt on a terminal of its own, with its process ID. */
async function prompted(): Promise<{
  terminal: Terminal;
  pid: number;
  echoes: () => Promise<boolean>;
  folder: string;
}> {
  const name = join(home, `session-${++sessions}`);
  const line = [
    'ulimit -c 0',
    `tty >${name}.tty`,
    `echo $$ >${name}.pid`,
    `exec ${shellLine('tsnotary', ['-d', name, 'key', 'generate', '-r', 'user'])}`,
  ].join('; ');
  const terminal = openShell(line, { env: { HOME: home } });
  await terminal.waitFor('Enter passphrase for new user key');
  await terminal.waitForEchoOff();
  const device = readFileSync(`${name}.tty`, 'utf8').trim();
  const echoes = async () => {
    const { stdout } = await run('sh', ['-c', `stty -F ${device} -a`]);
    return !stdout.includes('-echo ') && !stdout.includes('-icanon');
  };
  return { terminal, pid: Number(readFileSync(`${name}.pid`, 'utf8')), echoes, folder: name };
}

const state = (pid: number): string => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';

describe.skipIf(!available('script'))('G27 a terminal whose echo is off', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)(
    'a terminal whose echo is off echoes again after %s, and nothing is stored',
    async (signal, expected) => {
      const { terminal, pid, folder } = await prompted();
      process.kill(pid, signal);
      const { status, echo, shown } = await terminal.end();
      expect([status, echo]).toEqual([expected, true]);
      expect(shown).not.toMatch(/\n\s+at /);
      expect(contents(folder)).toBe('');
    },
  );

  it('a terminal whose echo is off echoes while the program is stopped, not once it goes on, and again at its end', async () => {
    const { terminal, pid, echoes, folder } = await prompted();
    process.kill(pid, 'SIGTSTP');
    await until(() => state(pid) === 'T');
    expect(await echoes()).toBe(true);
    process.kill(pid, 'SIGCONT');
    await terminal.answerHidden(passphrase);
    await terminal.waitFor('Repeat passphrase');
    await terminal.answerHidden(passphrase);
    const { status, echo, shown } = await terminal.end();
    expect([status, echo]).toEqual([0, true]);
    expect(shown).not.toContain('typed');
    expect(contents(folder)).not.toContain(passphrase);
  });

  it('a terminal whose echo is off is given back to the shell by Ctrl-Z, and asked anew after fg', async () => {
    const folder = join(home, `session-${++sessions}`);
    const env = { HOME: home, PS1: 'ready> ', TERM: 'dumb' };
    const terminal = openShell('exec bash --norc --noprofile -i', { env });
    await terminal.waitFor('ready> ');
    terminal.type(`${shellLine('tsnotary', ['-d', folder, 'key', 'generate', '-r', 'user'])}\n`);
    await terminal.waitFor('Enter passphrase for new user key');
    await terminal.waitForEchoOff();
    terminal.type('half\x1a');
    await terminal.waitFor('Stopped');
    await terminal.waitFor('ready> ');
    terminal.type('stty -a | grep -c " echo "; fg\n');
    await terminal.waitFor(/\n1\n/);
    await terminal.waitFor('Enter passphrase for new user key');
    await terminal.waitForEchoOff();
    terminal.type(`${passphrase}\n`);
    await terminal.waitFor('Repeat passphrase');
    await terminal.waitForEchoOff();
    terminal.type(`${passphrase}\n`);
    await terminal.waitFor('Generated new ecdsa user key');
    await terminal.waitFor('ready> ');
    terminal.type('exit\n');
    const { echo, shown } = await terminal.end();
    expect([echo, shown.includes('typed'), shown.includes('half')]).toEqual([true, false, false]);
  });

  it('a terminal whose echo is off goes on asking after Ctrl-Z where no shell could continue it', async () => {
    const { terminal, folder } = await prompted();
    terminal.type('\x1a');
    await terminal.waitFor('Enter passphrase for new user key');
    await terminal.answerHidden(passphrase);
    await terminal.waitFor('Repeat passphrase');
    await terminal.answerHidden(passphrase);
    expect(await terminal.end()).toMatchObject({ status: 0, echo: true });
    expect(contents(folder)).not.toContain(passphrase);
  });

  it('a terminal whose echo is off does not echo after a shell has switched that on for itself while the program was stopped', async () => {
    const { terminal, pid, echoes } = await prompted();
    process.kill(pid, 'SIGSTOP');
    await until(() => state(pid) === 'T');
    const device = readFileSync(join(home, `session-${sessions}.tty`), 'utf8').trim();
    await run('sh', ['-c', `stty -F ${device} sane`]);
    expect(await echoes()).toBe(true);
    process.kill(pid, 'SIGCONT');
    await terminal.waitForEchoOff();
    process.kill(pid, 'SIGTERM');
    expect(await terminal.end()).toMatchObject({ status: 143, echo: true });
  });

  it('a terminal whose echo is off is left alone by signals after the prompt', async () => {
    const { terminal, pid } = await prompted();
    await terminal.answerHidden(passphrase);
    await terminal.waitFor('Repeat passphrase');
    await terminal.answerHidden('something else');
    await terminal.waitFor('Enter passphrase');
    await terminal.waitForEchoOff();
    process.kill(pid, 'SIGHUP');
    expect(await terminal.end()).toMatchObject({ status: 129, echo: true });
  });
});
