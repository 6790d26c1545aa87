/** Answers typed key by key, and what a terminal without escape sequences makes of what is written. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerLine } from '../../../src/adapters/system/answer-line.ts';
import { askForLine } from '../../../src/adapters/system/line-question.ts';

const question = '\nMay it go?  (yes/no)  ';

/** Asks somebody who types these bytes, and no more. */
async function asked(typed: string, words = question) {
  const keys = [...Buffer.from(typed)];
  const written: string[] = [];
  const answer = await askForLine(
    words,
    async () => keys.shift(),
    (text) => written.push(text),
  );
  return { answer, written: written.join(''), left: Buffer.from(keys).toString() };
}

/** The last row of a terminal that knows printable characters, line feeds and backspaces. */
function seen(written: string): { readonly row: string; readonly cursor: number } {
  let row: string[] = [];
  let cursor = 0;
  for (const character of written) {
    expect(character).toMatch(/^[\x20-\x7e\n\b]$/);
    if (character === '\n') [row, cursor] = [[], 0];
    else if (character === '\b') cursor--;
    else row[cursor++] = character;
  }
  return { row: row.join('').trimEnd(), cursor };
}

describe('a question at a terminal', () => {
  it.each(['y', 'yes', 'NO', ' y ', ''])(
    'takes %j as it is typed, and echoes no more than that',
    async (typed) => {
      for (const end of ['\r', '\n']) {
        const { answer, written } = await asked(typed + end);
        expect([answer, written]).toEqual([{ line: typed }, question + typed]);
      }
    },
  );

  it.each([
    ['a question that ends its line', 'Really?\n'],
    ['one with blanks at the ends of its lines', 'Warning  \n  Really?   '],
    ['one of many columns', `${'long '.repeat(60)}(yes/no) `],
    ['one of wide letters', '鍵を削除しますか (yes/no) '],
  ])('shows %s to the byte', async (_, words) => {
    expect((await asked('no\byes\r', words)).written.replace('no\b \by\b', '')).toContain(words);
    expect((await asked('yes\r', words)).written).toBe(`${words}yes`);
  });

  it.each([
    ['Backspace', 'nx\x7f\x7fyes', 'yes'],
    ['Ctrl-U', 'no, never\x15y', 'y'],
    ['Ctrl-W', 'yes please\x17', 'yes '],
    ['arrow keys', 'es\x1b[D\x1b[Dy\x1b[C\x1b[C', 'yes'],
    ['Ctrl-A and Ctrl-E', 'e\x01y\x05s', 'yes'],
    ['Delete', 'yno\x01\x1b[C\x1b[3~\x1b[3~', 'y'],
    ['letters that are not of this alphabet', 'да鍵\x7f\x7f\x7fy', 'y'],
  ])('can be edited with %s', async (_, typed, line) => {
    const { answer, written } = await asked(`${typed}\r`);
    expect(answer).toEqual({ line });
    expect(seen(written).row).toBe(`May it go?  (yes/no)  ${line}`.trimEnd());
  });

  it('leaves what is typed ahead for the next', async () => {
    expect(await asked('yes\rno\r')).toMatchObject({ answer: { line: 'yes' }, left: 'no\r' });
  });

  it.each([
    ['Ctrl-D', '\x04'],
    ['the end of input', ''],
    ['the end of input after a letter', 'y'],
  ])('has no answer at %s', async (_, typed) => {
    expect((await asked(typed)).answer).toEqual({ line: undefined });
  });

  it('is interrupted by Ctrl-C', async () => {
    expect(await asked('ye\x03s\r')).toEqual({
      answer: 'interrupted',
      written: `${question}ye`,
      left: 's\r',
    });
  });

  it('lets nothing through that a terminal would act upon', async () => {
    const { written } = await asked('a\x1b]0;title\x07\u009b2J\tb\x1c\r');
    expect(seen(written).row).toMatch(/^May it go\? {2}\(yes\/no\) {2}a/);
  });
});

describe('an answer line', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 12 });

  it('shows whatever is drawn, by differences', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.nat(12)), { maxLength: 12 }), (drawings) => {
        let written = '';
        const line = new AnswerLine('Q? ', (more) => {
          written += more;
        });
        line.draw('\x1b[2K\x1b[GQ?\x1b[4G');
        for (const [answer, place] of drawings) {
          const cursor = Math.min(place, answer.length);
          line.draw(`\x1b[2K\x1b[G${`Q? ${answer}`.trimEnd()}\x1b[${4 + cursor}G`);
          expect(seen(written)).toEqual({ row: `Q? ${answer}`.trimEnd(), cursor: 3 + cursor });
        }
      }),
    );
  });

  it('is shown again with all that it holds', () => {
    let written = '';
    const line = new AnswerLine('Q? ', (more) => {
      written += more;
    });
    line.draw('Q?\x1b[4G');
    line.draw('Q? yes\x1b[5G');
    written = '';
    line.again();
    expect(written).toBe('Q? yes\b\b');
  });
});
