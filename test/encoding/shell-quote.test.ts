import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellQuote, shellWord } from '../../src/encoding/shell-quote.ts';
import { goQuote } from '../../src/go/quote.ts';

/** What a shell makes of the words of a command. */
function wordsOf(command: string): readonly string[] {
  const script = `set -- ${command}\nprintf '%s\\0' "$@"`;
  return execFileSync('/bin/sh', ['-c', script], { cwd: '/', encoding: 'utf8' }).split('\0').slice(0, -1);
}

const harmful = [
  'a;rm -rf ~',
  '$(touch x)',
  '`touch x`',
  "a'b",
  "'; echo no; '",
  'a b',
  '-n',
  '*',
  '~',
  'a\\',
  '"',
  '',
  'é',
];
const text = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '$', '`', ';', ' ', 'a', '|', '&', '(', '\n', '!'),
});

describe('a word of a command to paste', () => {
  it('a word is left as it is when no shell reads anything into it', () => {
    for (const word of ['docker.io/alice/demo', 'targets/releases', '/tmp/ca.crt']) {
      expect([shellQuote(word), shellWord(word)]).toEqual([word, word]);
    }
  });

  it.each(harmful)('a quoted word is one word to a shell: %s', (word) => {
    expect(wordsOf(shellQuote(word))).toEqual([word]);
  });

  it('a quoted word is one word to a shell whatever it is', () => {
    fc.assert(
      fc.property(text, (word) => {
        expect(wordsOf(shellQuote(word))).toEqual([word]);
      }),
      { numRuns: 50 },
    );
  });

  it('a quoted word is one word also in a log message, which is quoted once more; one that cannot be is left out', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom(...harmful)), (word) => {
        const logged = goQuote(`delete ${shellWord(word)}`).slice(1, -1);
        expect([
          ['delete', word],
          ['delete', '…'],
        ]).toContainEqual(wordsOf(logged));
      }),
      { numRuns: 50 },
    );
    expect(shellWord('a;rm -rf ~')).toBe("'a;rm -rf ~'");
    expect(shellWord("a'; rm -rf ~ '")).toBe("'…'");
  });
});
