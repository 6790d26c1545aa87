import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oids } from '../../../src/encoding/der/oids.ts';
import { derTag, readDer, readOid, readSequence } from '../../../src/encoding/der/read.ts';
import { encodeDer, encodeOid } from '../../../src/encoding/der/write.ts';

function leaves(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(leaves);
}

describe('DER that is written', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('is read back with %i bytes of content', (length) => {
    const content = new Uint8Array(length).fill(7);
    const { tag, content: read } = readDer(encodeDer(derTag.octetString, content));
    expect([tag, Buffer.from(read).equals(content)]).toEqual([derTag.octetString, true]);
  });

  it('holds its parts in order', () => {
    const parts = [encodeDer(derTag.octetString, Uint8Array.of(1)), encodeOid('1.2.3')];
    const read = readSequence(readDer(encodeDer(derTag.sequence, ...parts)), 'sequence');
    expect(read.map(({ raw }) => Buffer.from(raw))).toEqual(parts.map((part) => Buffer.from(part)));
  });

  it('has every object identifier of the table as the reader takes it', () => {
    const all = leaves(oids);
    expect(all.length).toBeGreaterThan(25);
    expect(all.map((oid) => readOid(readDer(encodeOid(oid)), 'OID'))).toEqual(all);
  });

  it('has any object identifier as the reader takes it', () => {
    const arc = fc.nat({ max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        fc.nat({ max: 2 }),
        fc.nat({ max: 39 }),
        fc.array(arc, { maxLength: 8 }),
        (root, second, rest) => {
          const oid = [root, second, ...rest].join('.');
          expect(readOid(readDer(encodeOid(oid)), 'OID')).toBe(oid);
        },
      ),
    );
  });
});
