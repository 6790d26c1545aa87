import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeForTerminal, terminalSafe } from '../../../src/cli/render/terminal-escape.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\\', 'x', 'u', '1', 'b', '\x1b', '\n', '‮', '\ud800', '2', '0', 'e') }),
);

/** What `visible` promises to be undone by. */
function original(shown: string): string {
  const escape = /\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/g;
  return shown.replace(escape, (_, x?: string, u?: string, long?: string) => {
    const digits = x ?? u ?? long;
    return digits === undefined ? '\\' : String.fromCodePoint(Number.parseInt(digits, 16));
  });
}

describe('the gate between outside text and a terminal', () => {
  it.each([
    ['docker.io/alice/demo', 'docker.io/alice/demo'],
    ['C:\\dir\\new', 'C:\\dir\\new'],
    ['漢字 😀 é', '漢字 😀 é'],
    ['\x1b[31m', '\\x1b[31m'],
    ['a\tb\r\n', 'a\\x09b\\x0d\\x0a'],
    ['\x7f\x9b', '\\x7f\\x9b'],
    ['a\u202eb', 'a\\u202eb'],
    ['\u2028', '\\u2028'],
    ['\ud800', '\\ud800'],
    ['\\x1b', '\\\\x1b'],
    ['\\\\', '\\\\\\'],
    ['\\\x1b', '\\\\\\x1b'],
  ])('the gate between outside text and a terminal shows %j as %s', (text, shown) => {
    expect(escapeForTerminal(text)).toBe(shown);
  });

  it('the gate between outside text and a terminal lets no control character through', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(escapeForTerminal(text)).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u,
        );
        expect(escapeForTerminal(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('the gate between outside text and a terminal can be undone, so that no two texts look alike', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(original(escapeForTerminal(text))).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  it('the gate between outside text and a terminal guards the values of a sentence, not its own words', () => {
    expect(terminalSafe`\t- ${'a\nb'} (${5})`).toBe('\t- a\\x0ab (5)');
  });
});
