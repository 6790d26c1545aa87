/** Ways to damage the bytes of a file without any key, each with what becomes of it where no checksum is known. */

import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../src/error-codes.ts';

export interface Damage {
  readonly way: string;
  readonly apply: (bytes: Buffer, role: string) => Uint8Array;
  /** The refusal of a file that nothing announces; undefined when it still says what it said. */
  readonly code: ErrorCode | undefined;
}

const edit =
  (change: (text: string) => string) =>
  (bytes: Buffer): Uint8Array => {
    const text = bytes.toString();
    const changed = change(text);
    if (changed === text) throw new Error('nothing was changed');
    return Buffer.from(changed);
  };

/** A signature with one bit flipped, in sound base64. */
function otherSignature(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  return bytes.toString('base64');
}

/** The file with the byte behind the mark, so far on, flipped in its lowest bit. */
const flipped =
  (mark: string, offset: number) =>
  (bytes: Buffer): Uint8Array => {
    const at = bytes.indexOf(mark) + mark.length + offset;
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const row = (way: string, code: ErrorCode | undefined, apply: Damage['apply']): Damage => ({
  way,
  apply,
  code,
});

/** No JSON at all, or not one document of it. */
const notOneDocument: readonly Damage[] = [
  row('empty', 'MALFORMED_JSON', () => Buffer.alloc(0)),
  row('without its first byte', 'MALFORMED_JSON', (bytes) => bytes.subarray(1)),
  row('without its last byte', 'MALFORMED_JSON', (bytes) => bytes.subarray(0, -1)),
  row('cut in half', 'MALFORMED_JSON', (bytes) => bytes.subarray(0, bytes.length / 2)),
  row('of its first byte only', 'MALFORMED_JSON', (bytes) => bytes.subarray(0, 1)),
  row('with a letter behind it', 'MALFORMED_JSON', (bytes) => Buffer.concat([bytes, Buffer.from('x')])),
  row('with a NUL behind it', 'MALFORMED_JSON', (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
  row('twice over', 'MALFORMED_JSON', (bytes) => Buffer.concat([bytes, bytes])),
  row('behind a byte order mark', 'MALFORMED_JSON', (bytes) =>
    Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes]),
  ),
  row('in UTF-16', 'MALFORMED_JSON', (bytes) => Buffer.from(bytes.toString(), 'utf16le')),
  row('compressed', 'MALFORMED_JSON', (bytes) => gzipSync(bytes)),
  row('as a page of HTML', 'MALFORMED_JSON', () =>
    Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>'),
  ),
  row('of zeros', 'MALFORMED_JSON', (bytes) => Buffer.alloc(bytes.length)),
  row('of random bytes', 'MALFORMED_JSON', (bytes) => bytes.map((byte, at) => (byte * 31 + at * 17) & 0xff)),
  row(
    'in single quotes',
    'MALFORMED_JSON',
    edit((text) => text.replaceAll('"', "'")),
  ),
  row(
    'with a comma too many',
    'MALFORMED_JSON',
    edit((text) => text.replace(/}$/, ',}')),
  ),
  row(
    'with a comment',
    'MALFORMED_JSON',
    edit((text) => `/* ok */${text}`),
  ),
];

/** JSON of another shape. */
const otherShape: readonly Damage[] = [
  ...['null', '[]', '"text"', '0', 'true'].map((text) =>
    row(`as ${text}`, 'MALFORMED_JSON', () => Buffer.from(text)),
  ),
  row('as an empty object', 'MALFORMED_JSON', () => Buffer.from('{}')),
  row(
    'in a list',
    'MALFORMED_JSON',
    edit((text) => `[${text}]`),
  ),
  row(
    'with null in place of its content',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"signed":\{.*\},"sig/, '"signed":null,"sig')),
  ),
  row(
    'with an empty content',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"signed":\{.*\},"sig/, '"signed":{},"sig')),
  ),
  row(
    'with its content as text',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"signed":\{.*\},"sig/, '"signed":"{}","sig')),
  ),
  row(
    'with its members in capitals',
    'MALFORMED_JSON',
    edit((text) => text.replace('"signed"', '"SIGNED"')),
  ),
  row(
    'with the signatures in an object',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"signatures":\[(.*)\]}$/, '"signatures":{"0":$1}}')),
  ),
  row(
    'with a number as a signature',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"sig":"[^"]*"/, '"sig":1')),
  ),
  row(
    'with a null as a key ID',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"keyid":"[^"]*"/, '"keyid":null')),
  ),
];

/** JSON in which two readers could see two documents, or which a careless one chokes on. */
const ambiguous: readonly Damage[] = [
  row(
    'with a second content',
    'MALFORMED_JSON',
    edit((text) => text.replace(/^\{/, '{"signed":{},')),
  ),
  row(
    'with a second version',
    'MALFORMED_JSON',
    edit((text) => text.replace('"version":', '"version":1,"version":')),
  ),
  row(
    'with a second list of signatures',
    'MALFORMED_JSON',
    edit((text) => text.replace(/}$/, ',"signatures":[]}')),
  ),
  row(
    'with a second key ID',
    'MALFORMED_JSON',
    edit((text) => text.replace('"keyid":', '"keyid":"x","keyid":')),
  ),
  row(
    'with an escaped second name',
    'MALFORMED_JSON',
    edit((text) => text.replace('"version":', '"v\\u0065rsion":1,"version":')),
  ),
  row(
    'with members 65 levels deep',
    'MALFORMED_JSON',
    edit((text) => text.replace(/}$/, `,"more":${nested(64)}}`)),
  ),
  row(
    'with members 100,000 levels deep',
    'MALFORMED_JSON',
    edit((text) => text.replace(/}$/, `,"more":${nested(100_000)}}`)),
  ),
  row('with a byte that is no UTF-8', 'MALFORMED_JSON', (bytes) =>
    Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xff), Buffer.from('",'), bytes.subarray(1)]),
  ),
  row(
    'with half a surrogate pair',
    'MALFORMED_JSON',
    edit((text) => text.replace(/^\{/, '{"x":"\\ud800",')),
  ),
  row('with a surrogate in UTF-8', 'MALFORMED_JSON', (bytes) =>
    Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('",'), bytes.subarray(1)]),
  ),
  row(
    'with a raw line end in a string',
    'MALFORMED_JSON',
    edit((text) => text.replace(/^\{/, '{"x":"\n",')),
  ),
  row(
    'with NaN',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"version":\d+/, '"version":NaN')),
  ),
  row(
    'with an infinite version',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"version":\d+/, '"version":1e999')),
  ),
  row(
    'with half a version',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"version":(\d+)/, '"version":$1.5')),
  ),
  row(
    'with an octal version',
    'MALFORMED_JSON',
    edit((text) => text.replace(/"version":(\d+)/, '"version":0$1')),
  ),
];

/** JSON of the right shape that nobody has signed. */
const unsigned: readonly Damage[] = [
  row(
    'with a bit of its signature flipped',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"sig":"([^"]*)"/, (_, sig: string) => `"sig":"${otherSignature(sig)}"`)),
  ),
  row('with a bit of its key ID flipped', 'ROLE_THRESHOLD', flipped('"keyid":"', 3)),
  row(
    'with another method',
    'ROLE_THRESHOLD',
    edit((text) => text.replace('"method":"ecdsa"', '"method":"rsapss"')),
  ),
  row(
    'with an unknown method',
    'ROLE_THRESHOLD',
    edit((text) => text.replace('"method":"ecdsa"', '"method":"none"')),
  ),
  row(
    'with an empty signature',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"sig":"[^"]*"/, '"sig":""')),
  ),
  row(
    'with a signature of zeros',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"sig":"[^"]*"/, `"sig":"${Buffer.alloc(64).toString('base64')}"`)),
  ),
  row(
    'with a signature in URL alphabet',
    'INVALID_METADATA',
    edit((text) => text.replace(/"sig":"[^"]*"/, '"sig":"_-__"')),
  ),
  row(
    'with a line end in its signature',
    'INVALID_METADATA',
    edit((text) => text.replace(/"sig":"(.{10})/, '"sig":"$1\\n')),
  ),
  row(
    'without signatures',
    'NO_SIGNATURES',
    edit((text) => text.replace(/"signatures":\[.*\]}$/, '"signatures":[]}')),
  ),
  row(
    'with null for signatures',
    'NO_SIGNATURES',
    edit((text) => text.replace(/"signatures":\[.*\]}$/, '"signatures":null}')),
  ),
  row(
    'of a version more',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"version":(\d+)/, '"version":9$1')),
  ),
  row(
    'that lasts longer',
    'ROLE_THRESHOLD',
    edit((text) => text.replace('"expires":"20', '"expires":"21')),
  ),
  row(
    'with a member more in its content',
    'ROLE_THRESHOLD',
    edit((text) => text.replace('"signed":{', '"signed":{"a":1,')),
  ),
  row(
    'with a member named __proto__ in its content',
    'ROLE_THRESHOLD',
    edit((text) => text.replace('"signed":{', '"signed":{"__proto__":{"version":99},')),
  ),
  row(
    'with its signature repeated',
    'ROLE_THRESHOLD',
    edit((text) => text.replace(/"signatures":\[(.*)\]}$/, '"signatures":[$1,$1]}')),
  ),
];

/** Other bytes that say the same. */
const rewritten: readonly Damage[] = [
  row('with a blank behind it', undefined, (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
  row('with line ends around it', undefined, (bytes) =>
    Buffer.concat([Buffer.from('\r\n'), bytes, Buffer.from('\r\n')]),
  ),
  row(
    'printed on many lines',
    undefined,
    edit((text) => JSON.stringify(JSON.parse(text), null, 2)),
  ),
  row(
    'with the signatures first',
    undefined,
    edit((text) => text.replace(/^\{("signed":.*),("signatures":\[.*\])}$/, '{$2,$1}')),
  ),
  row(
    'with escaped letters',
    undefined,
    edit((text) => text.replace('"_type"', '"\\u005ftype"')),
  ),
  row(
    'with a member that nobody knows beside its content',
    undefined,
    edit((text) => text.replace(/}$/, ',"__proto__":{"signed":{}}}')),
  ),
  row(
    'with a signature of a stranger as well',
    undefined,
    edit((text) =>
      text.replace(
        '"signatures":[',
        `"signatures":[{"keyid":"${'0'.repeat(64)}","method":"ecdsa","sig":"AAAA"},`,
      ),
    ),
  ),
  row(
    'with its method in capitals',
    undefined,
    edit((text) => text.replace('"method":"ecdsa"', '"method":"ECDSA"')),
  ),
  row(
    'with members 64 levels deep',
    undefined,
    edit((text) => text.replace(/}$/, `,"more":${nested(63)}}`)),
  ),
];

export const damages: readonly Damage[] = [
  ...notOneDocument,
  ...otherShape,
  ...ambiguous,
  ...unsigned,
  ...rewritten,
];
