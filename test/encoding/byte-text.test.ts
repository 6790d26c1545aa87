import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOfText, holdsBytes, textOfBytes } from '../../src/encoding/byte-text.ts';

describe('text that keeps bytes', () => {
  it('any bytes come back as they were, and no two become one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...bytesOfText(textOfBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('UTF-8 is the text that it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(textOfBytes(Buffer.from(text))).toBe(text);
        expect(bytesOfText(text)).toEqual(Buffer.from(text));
        expect(holdsBytes(text)).toBe(false);
      }),
    );
  });

  it.each([
    ['Latin-1', [0x67, 0x72, 0xfc, 0x6e], 'gr\udcfcn'],
    ['a replacement character', [0xef, 0xbf, 0xbd], '\ufffd'],
    ['a replacement character beside Latin-1', [0xef, 0xbf, 0xbd, 0xfc], '\ufffd\udcfc'],
    ['an overlong form', [0xc0, 0x80], '\udcc0\udc80'],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['a sequence that is cut off', [0xe2, 0x82], '\udce2\udc82'],
    ['an emoji beside a stray byte', [0xf0, 0x9f, 0x98, 0x80, 0x80], '😀\udc80'],
  ])('%s', (_, bytes, text) => {
    expect(textOfBytes(Uint8Array.from(bytes))).toBe(text);
    expect([...bytesOfText(text)]).toEqual(bytes);
    expect(holdsBytes(text)).toBe(text.includes('\udc80') || /[\udc80-\udcff]/u.test(text));
  });
});
