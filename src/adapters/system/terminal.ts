/** The person at the terminal, or the lines of a pipe in their place. */

import { NotaryError } from '../../errors.ts';
import type { Output, Prompter } from '../../ports.ts';
import { HiddenLine } from './hidden-line.ts';
import type { StandardInput } from './standard-input.ts';

/**
 * @param die ends the process by a signal; called with the terminal restored.
 */
export function terminalPrompter(
  input: StandardInput,
  stdout: Output,
  die: (signal: NodeJS.Signals) => void,
): Prompter {
  // Node restores the terminal on SIGINT and SIGTERM by itself, not on a hang-up.
  const hangUp = () => {
    input.setRaw(false);
    die('SIGHUP');
  };
  const setHidden = (hidden: boolean) => {
    if (!input.isTerminal) return;
    input.setRaw(hidden);
    if (hidden) process.once('SIGHUP', hangUp);
    else process.removeListener('SIGHUP', hangUp);
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

/** Go's Fscanln into one word: blanks around it do not matter, a second word or an empty line is no. */
function isYes(line: string | undefined): boolean {
  return /^\s*(?:y|yes)\s*$/i.test(line ?? '');
}
