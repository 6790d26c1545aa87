import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { StandardInput } from '../../../src/adapters/system/standard-input.ts';
import { terminalPrompter } from '../../../src/adapters/system/terminal.ts';
import { memoryOutput } from '../../support/memory-system.ts';

/** A prompter over a pipe, or over a pipe that says that it is a terminal. */
function prompter(typed: string, isTTY = false) {
  const events: string[] = [];
  const stdout = memoryOutput();
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (raw: boolean) =>
      events.push(`${raw ? 'raw' : 'cooked'} after ${JSON.stringify(stdout.text())}`),
  });
  stream.end(typed);
  const input = new StandardInput(() => stream as never);
  const person = terminalPrompter({
    ...{ input, output: stdout, dumb: false },
    die: (signal) => events.push(signal),
    signalGroup: (signal) => events.push(`group ${signal}`),
  });
  return { person, stdout, events };
}

describe('confirmation', () => {
  it.each(['y', 'Y', 'yes', 'YES', '  yes', 'yes  \n', 'y\r\n', '\tyEs\t'])(
    'the answer %j is yes',
    async (typed) => {
      expect(await prompter(typed).person.confirm('')).toBe(true);
    },
  );

  it.each(['', '\n', '\nyes\n', 'no', 'yes please', 'yess', 'ye', 'y e s', '1', 'true'])(
    'the answer %j is no',
    async (typed) => {
      expect(await prompter(typed).person.confirm('')).toBe(false);
    },
  );
});

describe('lines from a pipe', () => {
  it('lines from a pipe answer one question each', async () => {
    const { person, stdout, events } = prompter('alice\nwonder land\nyes\n');
    expect(person.interactive).toBe(false);
    expect(await person.line('Enter username: ')).toBe('alice');
    expect(await person.secret('Enter password: ')).toBe('wonder land');
    expect(await person.confirm('')).toBe(true);
    expect(await person.line('? ')).toBeUndefined();
    expect(await person.secret('! ')).toBeUndefined();
    expect(stdout.text()).toBe('Enter username: Enter password: \n? ! \n');
    expect(events).toEqual([]);
  });
});

describe('a secret at a terminal', () => {
  it('a secret at a terminal is asked for when the echo is off already, and ends with a new line and the echo on', async () => {
    const { person, stdout, events } = prompter('se\x7fecret\r', true);
    expect(person.interactive).toBe(true);
    expect(await person.secret('Enter: ')).toBe('secret');
    expect(stdout.text()).toBe('Enter: \n');
    expect(events).toEqual(['raw after ""', 'cooked after "Enter: "']);
  });

  it('a secret at a terminal is abandoned with the terminal restored when Ctrl-C is pressed', async () => {
    const { person, events } = prompter('sec\x03', true);
    await expect(person.secret('Enter: ')).rejects.toThrow(
      expect.objectContaining({ code: 'INTERRUPTED' }) as Error,
    );
    await Promise.resolve();
    expect(events).toEqual(['raw after ""', 'cooked after "Enter: "', 'group SIGINT']);
  });

  it('Ctrl-\\ at a secret reaches the whole process group, and is no part of the secret', async () => {
    const { person, events } = prompter('se\x1ccret\r', true);
    expect(await person.secret('Enter: ')).toBe('secret');
    expect(events).toEqual(['raw after ""', 'group SIGQUIT', 'cooked after "Enter: "']);
  });

  it('a secret at a terminal restores the terminal when the input ends', async () => {
    const { person, events } = prompter('sec', true);
    expect(await person.secret('Enter: ')).toBeUndefined();
    expect(events).toHaveLength(2);
  });
});
