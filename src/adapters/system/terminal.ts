/** The person at the terminal, or the lines of a pipe in their place. */

import { NotaryError } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import type { Prompter } from '../../ports/prompts.ts';
import { HiddenLine } from './password-line-editor.ts';
import type { StandardInput } from './standard-input.ts';

/**
 * @param die ends the process by a signal; called with the terminal restored.
 */
export function terminalPrompter(
  input: StandardInput,
  stdout: Output,
  die: (signal: NodeJS.Signals) => void,
): Prompter {
  const signals = hiddenSignals(input, die);
  const setHidden = (hidden: boolean) => {
    if (!input.isTerminal) return;
    if (!hidden) for (const [signal, act] of signals) process.removeListener(signal, act);
    input.setRaw(hidden);
    if (hidden) for (const [signal, act] of signals) process.on(signal, act);
  };
  const hiddenLine = async (): Promise<string | undefined> => {
    const line = new HiddenLine();
    for (;;) {
      const byte = await input.byte();
      if (byte === undefined) return undefined;
      const edit = line.feed(byte);
      if (edit === 'done') return line.text;
      if (edit === 'interrupted') throw new NotaryError('INTERRUPTED', 'interrupted');
    }
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
      // Echo goes off before the prompt appears: whoever waits for the prompt may type at once.
      setHidden(true);
      try {
        stdout.write(text);
        await stdout.flush();
        return await (input.isTerminal ? hiddenLine() : input.line());
      } catch (error) {
        if (error instanceof NotaryError && error.code === 'INTERRUPTED') queueMicrotask(() => die('SIGINT'));
        throw error;
      } finally {
        setHidden(false);
        stdout.write('\n');
      }
    },
    async confirm() {
      await stdout.flush();
      return isYes(await input.line());
    },
  };
}

/**
 * What signals do while the echo is off. Node restores the terminal on SIGINT and SIGTERM by itself, on no
 * other; and whoever stops a program may have used the terminal before it goes on.
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
