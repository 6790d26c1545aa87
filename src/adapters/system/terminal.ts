/** The person at the terminal, or the lines of a pipe in their place. */

import { NotaryError } from '../../errors.ts';
import type { Output, Prompter } from '../../ports.ts';
import { HiddenLine } from './hidden-line.ts';
import type { StandardInput } from './standard-input.ts';

/**
 * @param interrupt ends the process as Ctrl-C does; called with the terminal restored.
 */
export function terminalPrompter(input: StandardInput, stdout: Output, interrupt: () => void): Prompter {
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
      if (input.isTerminal) input.setRaw(true);
      try {
        stdout.write(text);
        await stdout.flush();
        return await (input.isTerminal ? hiddenLine() : input.line());
      } catch (error) {
        if (error instanceof NotaryError && error.code === 'INTERRUPTED') queueMicrotask(interrupt);
        throw error;
      } finally {
        if (input.isTerminal) input.setRaw(false);
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
