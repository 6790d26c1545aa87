/** Prompts the user at the terminal, or reads the lines of a pipe in place of answers. */

import { NotaryError } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import type { Prompter } from '../../ports/prompts.ts';
import { HiddenLine } from './password-line-editor.ts';
import type { StandardInput } from './standard-input.ts';

const quitKey = 0x1c;
const suspendKey = 0x1a;
/** Milliseconds in which a signal to this process stops it, if it does. */
const stopping = 50;
/** What the kernel gives out for a Ctrl-D that was typed while the echo was still on. */
const endedBefore = 0x00;

export interface Terminal {
  readonly input: StandardInput;
  /** Where questions are shown. */
  readonly output: Output;
  /** It can do no more than show one line after the other (`TERM=dumb`). */
  readonly dumb: boolean;
  /** Ends the process by a signal; called with the terminal restored. */
  readonly die: (signal: NodeJS.Signals) => void;
  /**
   * Sends a signal to the process group, as a terminal does for Ctrl-C while its echo is on: a script that runs this
   * program must end, too.
   */
  readonly signalGroup: (signal: NodeJS.Signals) => void;
}

/** Asks on a terminal with a line that can be edited, and on a pipe by reading lines. */
export function terminalPrompter(terminal: Terminal): Prompter {
  const { input, output: stdout, dumb, signalGroup } = terminal;
  const { unechoed, suspend } = withoutEcho(terminal);
  /** True once the user has ended the input (Ctrl-D): every later question has the answer no. */
  let ended = false;
  const hiddenLine = async (text: string): Promise<string | undefined> => {
    let line = new HiddenLine();
    for (;;) {
      const byte = await input.byte();
      if (byte === undefined) return undefined;
      // With the echo off the kernel sends no signal for the key.
      if (byte === quitKey) signalGroup('SIGQUIT');
      if (byte === suspendKey) {
        await suspend();
        // Nothing of what was typed before can be seen: it is asked for anew.
        line = new HiddenLine();
        stdout.write(text);
        await stdout.flush();
        continue;
      }
      const edit = line.feed(byte);
      if (edit === 'done') return line.text;
      if (edit === 'interrupted') throw new NotaryError('INTERRUPTED', 'interrupted');
    }
  };
  const askOnce = async (question: string): Promise<string | undefined> => {
    if (input.isTerminal && stdout.isTerminal && !dumb && !ended) {
      const { askForLine } = await import('./line-question.ts');
      const ask = editedLine(terminal, (byte, write) => askForLine(question, byte, write));
      const line = await unechoed(ask);
      ended = line === undefined;
      return line;
    }
    stdout.write(question);
    await stdout.flush();
    return ended ? undefined : input.line();
  };
  return {
    get interactive() {
      return input.isTerminal;
    },
    async line(text, timeout) {
      stdout.write(text);
      await stdout.flush();
      return input.line(timeout);
    },
    async secret(text) {
      // Echo goes off before the prompt appears: a user or script that waits for the prompt may type at once.
      return unechoed(
        async () => {
          stdout.write(text);
          await stdout.flush();
          return input.isTerminal ? hiddenLine(text) : input.line();
        },
        () => stdout.write('\n'),
      );
    },
    ask: askOnce,
    confirm: async (question) => isYes(await askOnce(question)),
  };
}

/** Asks with the echo of the terminal off, and has it on again whatever happens. */
function withoutEcho({ input, die, signalGroup }: Terminal) {
  const signals = hiddenSignals(input, die);
  const setHidden = (hidden: boolean) => {
    if (!input.isTerminal) return;
    if (!hidden) for (const [signal, act] of signals) process.removeListener(signal, act);
    input.setRaw(hidden);
    if (hidden) for (const [signal, act] of signals) process.on(signal, act);
  };
  const unechoed = async <Answer>(
    ask: () => Promise<Answer>,
    afterwards: () => void = () => undefined,
  ): Promise<Answer> => {
    setHidden(true);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NotaryError && error.code === 'INTERRUPTED')
        queueMicrotask(() => signalGroup('SIGINT'));
      throw error;
    } finally {
      setHidden(false);
      afterwards();
    }
  };
  /**
   * Stops this process, until a shell with job control continues it. Not its group: a script that waits for it would
   * stop as well, and where no shell is there to continue them all would hang. Where a script runs this program, the
   * echo is on now, and a second Ctrl-Z reaches all of it. SIGTSTP and not SIGSTOP: without such a shell the system
   * does not act on it (POSIX, orphaned process groups), and the question stays.
   */
  const suspend = async () => {
    setHidden(false);
    die('SIGTSTP');
    await new Promise((resolve) => void setTimeout(resolve, stopping));
    setHidden(true);
  };
  return { unechoed, suspend };
}

/** Keys and screen of a terminal whose echo is off, for one question; what becomes of them is as with the echo on. */
function editedLine(
  { input, output, signalGroup }: Terminal,
  ask: (
    nextByte: () => Promise<number | undefined>,
    write: (text: string) => void,
  ) => Promise<{ readonly line: string | undefined } | 'interrupted'>,
): () => Promise<string | undefined> {
  let untouched = true;
  const nextByte = async (): Promise<number | undefined> => {
    for (;;) {
      const byte = await input.byte();
      const isFirst = untouched;
      untouched = false;
      if (isFirst && byte === endedBefore) return undefined;
      if (byte !== quitKey) return byte;
      output.write('^\\');
      signalGroup('SIGQUIT');
    }
  };
  return async () => {
    const answer = await ask(nextByte, (text) => output.write(text));
    if (answer === 'interrupted') {
      output.write('^C');
      throw new NotaryError('INTERRUPTED', 'interrupted');
    }
    if (answer.line !== undefined) output.write('\n');
    return answer.line;
  };
}

/**
 * What signals do while the echo is off. Node restores the terminal on SIGINT and SIGTERM by itself, on no
 * other; and the user may have used the terminal while the program was stopped.
 */
function hiddenSignals(
  input: StandardInput,
  die: (signal: NodeJS.Signals) => void,
): readonly (readonly [NodeJS.Signals, () => void])[] {
  const end = (signal: NodeJS.Signals) => () => {
    process.removeAllListeners(signal);
    input.setRaw(false);
    die(signal);
  };
  return [
    ['SIGHUP', end('SIGHUP')],
    ['SIGQUIT', end('SIGQUIT')],
    [
      'SIGTSTP',
      () => {
        input.setRaw(false);
        // The signal has reached all that it was meant for: nothing else is stopped, least of all a script that waits.
        die('SIGSTOP');
      },
    ],
    [
      'SIGCONT',
      () => {
        // Twice, since Node does nothing when it believes that the echo is off.
        input.setRaw(false);
        input.setRaw(true);
      },
    ],
  ];
}

/** Go's Fscanln into one word: blanks around it do not matter, a second word or an empty line is no. */
function isYes(line: string | undefined): boolean {
  return /^\s*(?:y|yes)\s*$/i.test(line ?? '');
}
