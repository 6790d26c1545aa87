/** Random JSON values, made fast. */

import type { JsonValue } from '../../src/encoding/json-value.ts';
import type { Random } from '../support/seeded-random.ts';

const odd = [
  ...[
    '"',
    '\\',
    '/',
    '<',
    '>',
    '&',
    "'",
    '\u007f',
    '\u0080',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffd',
    '\uffff',
  ],
  ...[
    '\u0000',
    '\u0001',
    '\b',
    '\t',
    '\n',
    '\u000b',
    '\f',
    '\r',
    '\u001f',
    '\ue000',
    '\ud7ff',
    '！',
    'é',
    'e\u0301',
  ],
  ...[
    '😀',
    '𐀀',
    '\u{10ffff}',
    '\\n',
    '\\u0041',
    '__proto__',
    'constructor',
    '0',
    '10',
    '9',
    '',
    'a',
    'b',
    'A',
    ' ',
  ],
];

/** Well-formed text of up to six characters, most of them awkward. */
export function randomText(random: Random): string {
  let text = '';
  for (let left = random.below(7); left > 0; left--) {
    const kind = random.below(4);
    if (kind < 2) text += random.pick(odd);
    else if (kind === 2) text += String.fromCodePoint(random.below(0xd800));
    else text += String.fromCodePoint(0xe000 + random.below(0x102000));
  }
  return text;
}

function randomNumber(random: Random): number {
  switch (random.below(4)) {
    case 0:
      return random.below(20) - 10;
    case 1:
      return (random.oneIn(2) ? 1 : -1) * random.below(2 ** 53);
    case 2:
      return 2 ** random.below(63) * (random.oneIn(2) ? 1 : -1);
    default:
      return random.next();
  }
}

/** As the reader gives them: objects are Maps, numbers whole and below 2^63. */
export function randomJson(random: Random, depth = 0): JsonValue {
  const kind = random.below(depth === 0 ? 3 : depth > 3 ? 8 : 11);
  if (kind === 0) return Array.from({ length: random.below(5) }, () => randomJson(random, depth + 1));
  if (kind < 3) {
    const members = Array.from(
      { length: random.below(6) },
      () => [randomText(random), randomJson(random, depth + 1)] as const,
    );
    return new Map(members);
  }
  if (kind < 5) return randomNumber(random);
  if (kind === 5) return random.pick([null, true, false]);
  return randomText(random);
}
