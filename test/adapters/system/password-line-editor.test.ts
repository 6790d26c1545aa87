import { describe, expect, it } from 'vitest';
import { HiddenLine } from '../../../src/adapters/system/password-line-editor.ts';

/** Types keys; gives the line and how it ended. */
function type(keys: string) {
  const line = new HiddenLine();
  let edit = 'more';
  for (const byte of Buffer.from(keys)) if (edit === 'more') edit = line.feed(byte);
  return [line.text, edit];
}

describe('a line typed without echo', () => {
  it.each([
    ['secret\r', 'secret', 'done'],
    ['secret\n', 'secret', 'done'],
    ['pässwörd 漢\r', 'pässwörd 漢', 'done'],
    ['ab\x7fc\r', 'ac', 'done'],
    ['ab\x08c\r', 'ac', 'done'],
    ['aé😀\x7f\x7f\r', 'a', 'done'],
    ['\x7f\x7fa\r', 'a', 'done'],
    ['wrong\x15right\r', 'right', 'done'],
    ['two words \x17more\r', 'two more', 'done'],
    ['a\x04b\x1ac\x00\r', 'abc', 'done'],
    ['a\tb\r', 'a\tb', 'done'],
    ['a\x1b[A\x1b[1;5Cb\x1bOPc\r', 'abc', 'done'],
    ['ab\x03', 'ab', 'interrupted'],
    ['ab', 'ab', 'more'],
  ])('the line editor turns the keystrokes %j into the line that they mean', (keys, text, edit) => {
    expect(type(keys)).toEqual([text, edit]);
  });
});
