import { describe, expect, it } from 'vitest';
import { isAscii, isPlain } from '../../src/encoding/ascii-checks.ts';

/** A text of letters at every alignment in its memory, with one byte put at every place. */
function* everywhere(byte: number): Generator<Uint8Array> {
  for (let offset = 0; offset < 4; offset++) {
    for (let length = 1; length <= 13; length++) {
      for (let place = 0; place < length; place++) {
        const bytes = new Uint8Array(new ArrayBuffer(32), offset, length).fill(0x61);
        bytes[place] = byte;
        yield bytes;
      }
    }
  }
}

/** Bytes for which the text is not so, wherever they stand; and whether those around them change the answer. */
function exceptions(judge: (bytes: Uint8Array) => boolean): readonly number[] {
  return Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => {
    const answers = new Set([...everywhere(byte)].map(judge));
    expect([...answers]).toHaveLength(1);
    return answers.has(false);
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('isPlain', () => {
  it('isPlain is false for a control or a backslash at any place, and for nothing else', () => {
    expect(exceptions(isPlain)).toEqual([...range(0, 0x20), 0x5c]);
  });

  it('isPlain is not misled by what stands beside a byte', () => {
    for (const beside of [0x20, 0x5b, 0x5d, 0x7f, 0x80, 0xdc, 0xff]) {
      for (const byte of range(0, 256)) {
        const word = new Uint8Array([beside, byte, beside, beside]);
        expect(`${byte} ${isPlain(word)}`).toBe(`${byte} ${byte >= 0x20 && byte !== 0x5c}`);
      }
    }
  });

  it('isPlain is true for nothing at all', () => {
    expect(isPlain(new Uint8Array())).toBe(true);
    expect(isPlain(new Uint8Array(new ArrayBuffer(8), 1, 0))).toBe(true);
  });
});

describe('isAscii', () => {
  it('isAscii is false for a byte with the highest bit at any place, and for nothing else', () => {
    expect(exceptions(isAscii)).toEqual(range(0x80, 0x100));
  });
});
