/** Genuine documents, and what can happen to them: to their bytes, their tokens and their structure. */

import type { Random } from '../support/seeded-random.ts';

const token = /"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|[{}[\]:,]|true|false|null|\s+|./gsu;

/** Whole documents, and the objects inside them by themselves, none longer than a mutation is worth. */
export function documents(files: readonly Buffer[]): readonly Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (text: string) => text.length < 1500 && found.set(text, Buffer.from(text));
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) add(JSON.stringify(value));
    for (const member of Object.values(value)) walk(member);
  };
  for (const file of files) {
    add(file.toString());
    walk(JSON.parse(file.toString()));
  }
  return [...found.values()];
}

const tokens = (document: Buffer): string[] =>
  [...document.toString().matchAll(token)].map(([piece]) => piece);

const strings = [
  ...[
    '""',
    '"a"',
    '"\\u0061"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\ud83d\ude00"',
    '"\\n"',
    '"\n"',
  ],
  ...[
    '"\t"',
    '"\\x41"',
    '"\\u12"',
    '"\\u00g0"',
    '"\\"',
    '"',
    '"\u0000"',
    '"\u007f"',
    '"\u2028"',
    "'a'",
    '"\\/"',
  ],
  ...[
    '"\\ud83d"',
    '"a\\udfffb"',
    '"__proto__"',
    '"constructor"',
    '"signed"',
    '"\\u005f_proto__"',
    '"\ufeff"',
    '"\\b\\f\\r"',
  ],
];
const numbers = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '01',
    '+1',
    '.5',
    '5.',
    '0.5',
    '1.0',
    '1e3',
    '1E+2',
    '12e-1',
    '120e-1',
    '1e400',
    '-1e400',
  ],
  ...[
    '9007199254740993',
    '9223372036854774784',
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551616',
  ],
  ...[
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    '-',
    '--1',
    '1e',
    '1e+',
    '0e0',
    '-0.0',
    '1e-400',
    '0.1',
    '00',
    '1.5e1',
    '1,5',
  ],
];
const words = [
  'true',
  'false',
  'null',
  'True',
  'nul',
  'undefined',
  'None',
  'tru\u0065',
  '\\u0074rue',
  'nullnull',
];
const marks = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '{}',
  '[]',
  ',,',
  ' ',
  '\n',
  '\t',
  '\r',
  '\u00a0',
  '\ufeff',
  '\u2028',
  '\f',
];
const extras = [
  '// note\n',
  '/* note */',
  '# note\n',
  ';',
  '{"a":1}',
  '[1]',
  '"x":1,',
  ',"x":{"x":{}}',
  '{"a":1,"a":1}',
];

function anyToken(random: Random): string {
  return random.pick(random.pick([strings, numbers, words, marks, extras]));
}

/** Another token of the same kind, most of the time. */
function likeToken(piece: string, random: Random): string {
  if (piece.startsWith('"')) return random.pick(strings);
  if (/^[-0-9]/.test(piece)) return random.pick(numbers);
  return anyToken(random);
}

/** A string literal for the same text, some of it in escapes. */
function respelt(literal: string, random: Random): string {
  const units = (JSON.parse(literal) as string).split('').map((unit) => {
    const escaped = unit < ' ' || unit === '"' || unit === '\\' || random.oneIn(4);
    return escaped ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit;
  });
  return `"${units.join('')}"`;
}

/** The document with one of its members a second time, or undefined when it has none. */
export function repeatMember(document: Buffer, random: Random): Buffer | undefined {
  const pieces = tokens(document);
  const names = pieces.flatMap((piece, at) => (piece.startsWith('"') && pieces[at + 1] === ':' ? [at] : []));
  if (names.length === 0) return undefined;
  const at = random.pick(names);
  const name = pieces[at] ?? '';
  const next = pieces[at + 2] ?? '';
  const value = random.pick(['1', 'null', '{}', '"x"', '[[]]', /^["0-9]/.test(next) ? next : '0']);
  return Buffer.from(
    [...pieces.slice(0, at), `${respelt(name, random)}:${value},`, ...pieces.slice(at)].join(''),
  );
}

function mutateBytes(document: Buffer, random: Random): Buffer {
  const at = random.below(document.length);
  const [before, after] = [document.subarray(0, at), document.subarray(at)];
  const awkward = [
    0x00, 0x09, 0x0a, 0x1f, 0x20, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xef, 0xf4, 0xff,
  ];
  switch (random.below(7)) {
    case 0: {
      const copy = Buffer.from(document);
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << random.below(8)), at);
      return copy;
    }
    case 1:
      return Buffer.concat([before, Buffer.of(random.pick(awkward)), after.subarray(1)]);
    case 2:
      return Buffer.concat([before, Buffer.of(random.pick(awkward)), after]);
    case 3:
      return Buffer.concat([before, after.subarray(1 + random.below(5))]);
    case 4:
      return Buffer.concat([before, after.subarray(0, random.below(40)), after]);
    case 5:
      return before;
    default:
      return Buffer.concat([document, after]);
  }
}

function mutateTokens(document: Buffer, random: Random): Buffer {
  const pieces = tokens(document);
  const at = random.below(pieces.length);
  const count = 1 + random.below(4);
  switch (random.below(6)) {
    case 0:
    case 1:
      pieces[at] = likeToken(pieces[at] ?? '', random);
      break;
    case 2:
      pieces.splice(at, 0, anyToken(random));
      break;
    case 3:
      pieces.splice(at, count);
      break;
    case 4:
      pieces.splice(at, 0, ...pieces.slice(at, at + count));
      break;
    default: {
      const other = random.below(pieces.length);
      [pieces[at], pieces[other]] = [pieces[other] ?? '', pieces[at] ?? ''];
    }
  }
  return Buffer.from(pieces.join(''));
}

function mutateStructure(document: Buffer, random: Random): Buffer {
  const text = document.toString();
  const levels = 1 + random.below(100);
  switch (random.below(7)) {
    case 0:
      return repeatMember(document, random) ?? document;
    case 1:
      return Buffer.from(`${'['.repeat(levels)}${text}${']'.repeat(levels)}`);
    case 2:
      return Buffer.from(`${'{"a":'.repeat(levels)}${text}${'}'.repeat(levels)}`);
    case 3:
      return Buffer.from(
        text.replace(
          /\{/,
          `{"${random.pick(['__proto__', 'toString', '', '\\u0000'])}":${random.pick(numbers)},`,
        ),
      );
    case 4:
      return Buffer.from(JSON.stringify(JSON.parse(text), null, random.pick([1, '\t', ' '])));
    case 5:
      return random.pick([
        Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), document]),
        Buffer.from(text, 'utf16le'),
        Buffer.concat([document, Buffer.of(0)]),
        Buffer.concat([Buffer.from(' \r\n\t'), document, Buffer.from('\n')]),
      ]);
    default:
      return Buffer.from(
        text.replace(/"((?:[^"\\]|\\.)*)"/g, (whole) => (random.oneIn(3) ? respelt(whole, random) : whole)),
      );
  }
}

/** One to three things that happen to a document. */
export function mutate(document: Buffer, random: Random): Buffer {
  const first = random.below(3);
  let bytes =
    first === 0
      ? mutateStructure(document, random)
      : first === 1
        ? mutateTokens(document, random)
        : mutateBytes(document, random);
  for (let more = random.below(6); more > 3; more--) {
    if (bytes.length > 0) bytes = random.oneIn(2) ? mutateTokens(bytes, random) : mutateBytes(bytes, random);
  }
  return bytes;
}
