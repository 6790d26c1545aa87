/**
 * Asks a question at a terminal with inquirer: its readline has the keys of every shell (Ctrl-A, Ctrl-W, arrows), while
 * the words, and what is seen of the answer, stay those of the original. It is loaded when a question is asked.
 */

import { Stream, Writable } from 'node:stream';
import { createPrompt, useEffect, useKeypress, useState } from '@inquirer/core';
import inquirer from 'inquirer';
import { AnswerLine, endlessWidth } from './answer-line.ts';

// An interface lacks the index that the types of inquirer ask for.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
type LineQuestion = {
  readonly message: string;
  readonly shown: AnswerLine;
};

/** What the user has typed; undefined when the input has ended (Ctrl-D on an empty line). */
const line = createPrompt<string | undefined, LineQuestion>(({ message, shown }, done) => {
  const [typed, setTyped] = useState('');
  useEffect((readline) => {
    readline.on('line', (text) => {
      // Now inquirer would move the cursor to the start.
      shown.end();
      done(String(text));
    });
    readline.on('SIGCONT', () => {
      readline.resume();
      shown.again();
    });
    readline.on('close', () => done(undefined));
  }, []);
  useKeypress((_key, readline) => setTyped(readline.line));
  return message + visible(typed);
});

/**
 * Asks once, whatever the answer is. The echo of the terminal must be off. Nothing is taken of the input beyond the
 * key that ends the answer.
 *
 * @param nextByte what is typed next; undefined at the end of input
 * @param write puts text on the terminal
 * @returns the line that was typed, without its end; undefined at the end of input; `interrupted` for Ctrl-C
 */
export async function askForLine(
  question: string,
  nextByte: () => Promise<number | undefined>,
  write: (text: string) => void,
): Promise<{ readonly line: string | undefined } | 'interrupted'> {
  const keys = keyboard();
  const shown = new AnswerLine(question, write);
  const ask = inquirer.createPromptModule<{ line: LineQuestion }>({
    input: keys.stream,
    output: screen(shown),
  });
  ask.registerPrompt('line', line);
  const progress = { answered: false };
  const asked = ask<{ line: string | undefined }>({ type: 'line', name: 'line', message: question, shown });
  const answer = asked
    .catch((error: unknown) => {
      const name = error instanceof Error ? error.name : undefined;
      if (name === 'ExitPromptError') return 'interrupted' as const;
      if (name === 'AbortPromptError') return { line: undefined };
      throw error;
    })
    .finally(() => {
      progress.answered = true;
    });
  await settled();
  while (!progress.answered) {
    const byte = await nextByte();
    // Readline would take what was typed for a line, although the user has not ended it.
    if (byte === undefined) asked.ui.close();
    else keys.press(byte);
    await settled();
  }
  return answer;
}

/** Inquirer has dealt with a key, and drawn what comes of it, before the next one is taken. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A stream without a buffer: a key is dealt with when it is pressed. */
function keyboard() {
  const stream = Object.assign(new Stream(), { resume: () => stream, pause: () => stream });
  return {
    stream: stream as unknown as NodeJS.ReadableStream,
    press: (byte: number) => stream.emit('data', Buffer.of(byte)),
  };
}

function screen(shown: AnswerLine): NodeJS.WritableStream {
  const stream = new Writable({
    decodeStrings: false,
    write(drawing: string | Uint8Array, _encoding, done) {
      shown.draw(Buffer.from(drawing).toString());
      done();
    },
  });
  return Object.assign(stream, { columns: endlessWidth });
}

/** One column for each unit, and nothing that a terminal would act upon. */
function visible(typed: string): string {
  return typed.replace(/[^\x20-\x7e]/g, (unit) => (unit.trim() === '' ? ' ' : '?'));
}
