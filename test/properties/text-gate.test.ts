import { describe, expect, it } from 'vitest';
import { escapeForTerminal } from '../../src/cli/render/terminal-escape.ts';
import { forCases, type Random, runs } from '../support/seeded-random.ts';

/** What may not reach a terminal: controls, formats (bidi, zero width, tags), line ends, half characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const units = [
  ...[
    '\\',
    'x',
    'u',
    '0',
    '1',
    'b',
    'e',
    '9',
    'f',
    '2',
    'd',
    '8',
    'A',
    '{',
    '}',
    ' ',
    'a',
    'ä',
    '名',
    '😀',
    '"',
  ],
  ...['\u0000', '\u001b', '\u0007', '\b', '\t', '\n', '\r', '\u007f', '\u0080', '\u0085', '\u009b', '\u009f'],
  ...[
    '\u00ad',
    '\u061c',
    '\u070f',
    '\u180e',
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u200f',
    '\u2028',
    '\u2029',
  ],
  ...[
    '\u202a',
    '\u202e',
    '\u2060',
    '\u2064',
    '\u2066',
    '\u2069',
    '\u206f',
    '\ufeff',
    '\ufff9',
    '\ufffb',
    '\ufffd',
  ],
  ...[
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    '\u{e0001}',
    '\u{e0041}',
    '\u{1d173}',
    '\u{110bd}',
    '\u{10ffff}',
  ],
  ...[
    '\\x1b',
    '\\u202e',
    '\\\\x1b',
    '\\ud83d',
    '\x1b[31m',
    '\x1b]0;title\x07',
    '\\x',
    '\\u',
    '\\u20',
    '\\x1',
  ],
];

function anyText(random: Random): string {
  let text = '';
  for (let left = random.below(12); left > 0; left--) {
    text += random.oneIn(5) ? String.fromCharCode(random.below(0x10000)) : random.pick(units);
  }
  return text;
}

/** Text that nothing has to be done to: letters, digits, punctuation and symbols as Unicode composes them. */
const plainly = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{P}\p{S} ]|[\p{Default_Ignorable_Code_Point}\u2800\\]/gu, '')
    .normalize('NFC');

const escapes = /^\\(?:\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/;

/** Takes escapes back, one after the other, as a reader of the output would. */
function original(shown: string): string {
  let text = '';
  for (let at = 0; at < shown.length; at++) {
    const escape = escapes.exec(shown.slice(at, at + 10))?.[0];
    if (escape === undefined) {
      text += shown.charAt(at);
      continue;
    }
    text += escape === '\\\\' ? '\\' : String.fromCodePoint(Number.parseInt(escape.slice(2), 16));
    at += escape.length - 1;
  }
  return text;
}

describe('G16 random text through the gate to the terminal', () => {
  const count = runs(100_000);

  it(`random texts (${count}) let nothing invisible through the gate, and each can be taken back`, () => {
    const shownBefore = new Map<string, string>();
    forCases('terminal', count, (random) => {
      const text = anyText(random);
      const shown = escapeForTerminal(text);
      if (unseen.test(shown)) throw new Error(`${JSON.stringify(shown)} has something unseen`);
      if (original(shown) !== text)
        throw new Error(`${JSON.stringify(shown)} is not ${JSON.stringify(text)}`);
      const other = shownBefore.get(shown);
      if (other !== undefined && other !== text)
        throw new Error(`${JSON.stringify([text, other])} look alike`);
      shownBefore.set(shown, text);
    });
    expect(shownBefore.size).toBeGreaterThan(count / 2);
  });

  it(`random texts (${runs(20_000)}) without anything invisible or a backslash stay as they are`, () => {
    forCases('printable', runs(20_000), (random) => {
      const text = plainly(anyText(random));
      expect(escapeForTerminal(text)).toBe(text);
    });
  });

  it(`random texts (${runs(20_000)}) shown twice can be taken back twice, and what needs no escape needs none again`, () => {
    forCases('twice', runs(20_000), (random) => {
      const text = anyText(random);
      const once = escapeForTerminal(text);
      expect(original(original(escapeForTerminal(once)))).toBe(text);
      if (!once.includes('\\')) expect(escapeForTerminal(once)).toBe(once);
    });
  });

  it('every character by itself is seen as it is, or escaped', () => {
    // A plane in the middle that holds little but letters is looked at in steps.
    for (let point = 0; point < 0x110000; point += point > 0x20000 && point < 0xe0000 ? 0x101 : 1) {
      const character = String.fromCodePoint(point);
      const shown = escapeForTerminal(character);
      if (unseen.test(shown)) throw new Error(`U+${point.toString(16)} comes through`);
      if (unseen.test(character) && !escapes.test(shown))
        throw new Error(`U+${point.toString(16)} is not escaped`);
      if (plainly(character) === character && shown !== character)
        throw new Error(`U+${point.toString(16)} is shown as ${shown}`);
      if (original(shown) !== character) throw new Error(`U+${point.toString(16)} cannot be taken back`);
    }
  });
});
