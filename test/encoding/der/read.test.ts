import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import {
  type DerNode,
  derTag,
  readBits,
  readBoolean,
  readDer,
  readInteger,
  readOctets,
  readOid,
  readSequence,
  readText,
  readTime,
} from '../../../src/encoding/der/read.ts';

const der = (hex: string) => readDer(fromHex(hex.replaceAll(' ', '')));
const refused: unknown = expect.objectContaining({ code: 'MALFORMED_DER' });

/** The shortest definite-length encoding, made apart from the code under test. */
function tlv(tag: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  if (content.length >= 0x80) {
    for (let rest = content.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  } else {
    length.push(content.length);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function textNode(tag: number, text: string | Buffer): DerNode {
  return readDer(tlv(tag, Buffer.from(text as string)));
}

const tree: fc.Arbitrary<Buffer> = fc.letrec<{ node: Buffer }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.uint8Array({ maxLength: 300 }).map((content) => tlv(derTag.octetString, content)),
    fc.array(tie('node'), { maxLength: 4 }).map((nodes) => tlv(derTag.sequence, Buffer.concat(nodes))),
  ),
})).node;

function rebuild(node: DerNode): Buffer {
  return tlv(
    node.tag,
    node.tag === derTag.sequence ? Buffer.concat(node.children().map(rebuild)) : node.content,
  );
}

describe('DER', () => {
  test('the DER reader reads every tree of values into the same bytes', () => {
    fc.assert(
      fc.property(tree, (bytes) => {
        expect(toHex(rebuild(readDer(bytes)))).toBe(toHex(bytes));
        expect(toHex(readDer(bytes).raw)).toBe(toHex(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test('the DER reader refuses every truncation of a value', () => {
    const whole = tlv(0x30, tlv(0x04, Buffer.alloc(200)));
    for (let length = 0; length < whole.length; length++) {
      expect(() => readDer(whole.subarray(0, length))).toThrow(refused);
    }
  });

  test.each([
    ['trailing data', '0500 00'],
    ['an indefinite length', '3080 0000'],
    ['a long form below 128', '048101 00'],
    ['a long form with a leading zero', `04820080${'00'.repeat(128)}`],
    ['a length of five octets', '04850000000001 00'],
    ['a tag number above 30', '1f2001 00'],
  ])('the DER reader refuses %s', (_, hex) => {
    expect(() => der(hex)).toThrow(refused);
  });

  test('the DER reader refuses a value that is longer than its parent', () => {
    expect(() => der('3003 040500').children()).toThrow(refused);
  });

  test('the DER reader refuses nesting beyond 32 levels', () => {
    let bytes: Buffer = Buffer.alloc(0);
    for (let level = 0; level < 34; level++) bytes = tlv(0x30, bytes);
    const dive = (node: DerNode): number => 1 + Math.max(0, ...node.children().map(dive));
    expect(() => dive(readDer(bytes))).toThrow(refused);
    expect(dive(readDer(bytes.subarray(4)))).toBe(32);
  });

  test('the DER reader sees no children in a primitive value, whatever its bytes', () => {
    expect(() => der('0402 0500').children()).toThrow(refused);
  });

  test('the DER reader reads a sequence and names what is missing or of another tag', () => {
    expect(readSequence(der('3003 020101'), 'x')).toHaveLength(1);
    expect(() => readSequence(undefined, 'the key')).toThrow('malformed DER: the key is missing');
    expect(() => readOctets(der('0500'), 'the key')).toThrow('malformed DER: the key has tag 0x5, not 0x4');
  });

  test('the DER reader reads integers of any size and sign', () => {
    const size = 2n ** 130n;
    fc.assert(
      fc.property(fc.bigInt({ min: -size, max: size }), (value) => {
        let length = 1;
        while (BigInt.asIntN(length * 8, value) !== value) length++;
        const hex = BigInt.asUintN(length * 8, value)
          .toString(16)
          .padStart(length * 2, '0');
        expect(readInteger(readDer(tlv(0x02, fromHex(hex))), 'n')).toBe(value);
      }),
    );
  });

  test.each(['0200', '0202 0001', '0202 ff80', '0202 007f'])(
    'the DER reader refuses the integer %s',
    (hex) => {
      expect(() => readInteger(der(hex), 'n')).toThrow(refused);
    },
  );

  test.each([
    ['06 08 2a8648ce3d030107', '1.2.840.10045.3.1.7'],
    ['06 03 2b6570', '1.3.101.112'],
    ['06 03 551d13', '2.5.29.19'],
    ['06 03 883703', '2.999.3'],
    ['06 0b 2b06010401da470f01 0101', '1.3.6.1.4.1.11591.15.1.1.1'],
  ])('the DER reader reads the OID %s', (hex, dotted) => {
    expect(readOid(der(hex), 'algorithm')).toBe(dotted);
  });

  test.each(['0600', '0602 2a86', '0603 2a8001', '0602 8001'])('the DER reader refuses the OID %s', (hex) => {
    expect(() => readOid(der(hex), 'algorithm')).toThrow(refused);
  });

  test('the DER reader reads booleans of 00 and ff only', () => {
    expect(readBoolean(der('010100'), 'ca')).toBe(false);
    expect(readBoolean(der('0101ff'), 'ca')).toBe(true);
    for (const hex of ['010101', '0100', '0102ffff'])
      expect(() => readBoolean(der(hex), 'ca')).toThrow(refused);
  });

  test('the DER reader reads bit strings and refuses set padding', () => {
    expect(readBits(der('0302 05a0'), 'usage')).toEqual({ bytes: Buffer.from([0xa0]), unused: 5 });
    expect(readBits(der('0301 00'), 'usage')).toEqual({ bytes: Buffer.alloc(0), unused: 0 });
    for (const hex of ['0300', '0301 01', '0302 08a0', '0302 05a1']) {
      expect(() => readBits(der(hex), 'usage')).toThrow(refused);
    }
  });

  test.each([
    [derTag.utcTime, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [derTag.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [derTag.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [derTag.generalizedTime, '00990101000000Z', '0099-01-01T00:00:00.000Z'],
    [derTag.generalizedTime, '00040229000000Z', '0004-02-29T00:00:00.000Z'],
  ])('the DER reader reads a time of tag %d: %s', (tag, text, iso) => {
    expect(new Date(readTime(textNode(tag, text), 'expiry')).toISOString()).toBe(iso);
  });

  test.each([
    [derTag.utcTime, '4912312359Z'],
    [derTag.utcTime, '491231235959+0000'],
    [derTag.utcTime, '250230000000Z'],
    [derTag.utcTime, '250101240000Z'],
    [derTag.utcTime, ''],
    [derTag.generalizedTime, '20230229000000Z'],
    [derTag.generalizedTime, '20230228000000.5Z'],
    [derTag.printableString, '20230228000000Z'],
  ])('the DER reader refuses a time of tag %d: %s', (tag, text) => {
    expect(() => readTime(textNode(tag, text), 'expiry')).toThrow(refused);
  });

  test('the DER reader reads character strings by their type', () => {
    expect(readText(textNode(derTag.utf8String, 'dé_😀'), 'cn')).toBe('dé_😀');
    expect(readText(textNode(derTag.printableString, 'docker.io/a-b*'), 'cn')).toBe('docker.io/a-b*');
    expect(readText(textNode(derTag.ia5String, 'a_b@c'), 'cn')).toBe('a_b@c');
    expect(readText(textNode(derTag.t61String, Buffer.from([0xe9])), 'cn')).toBe('é');
    expect(readText(textNode(derTag.bmpString, Buffer.from([0, 0x41, 0x20, 0x28])), 'cn')).toBe('A\u2028');
  });

  test.each([
    [derTag.printableString, Buffer.from('a_b')],
    [derTag.printableString, Buffer.from('a@b')],
    [derTag.utf8String, Buffer.from([0xff])],
    [derTag.ia5String, Buffer.from([0x80])],
    [derTag.bmpString, Buffer.from([0x41])],
    [derTag.octetString, Buffer.from('a')],
  ])('the DER reader refuses text of tag %d with other bytes', (tag, bytes) => {
    expect(() => readText(textNode(tag, bytes), 'cn')).toThrow(refused);
  });
});
