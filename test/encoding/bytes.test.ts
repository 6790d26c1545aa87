import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareUtf8,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  isBase64,
  toBase64,
  toHex,
  utf8,
} from '../../src/encoding/bytes.ts';

const anyText = fc.string({ unit: 'binary' });
/** Characters on both sides of every border between UTF-16 order and UTF-8 order. */
const borderText = fc.string({
  unit: fc.constantFrom(
    'a',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uff01',
    '\uffff',
    '😀',
    '𐀀',
    '\u{10ffff}',
  ),
  maxLength: 6,
});

describe('UTF-8', () => {
  it('UTF-8 gives back every string it has encoded', () => {
    fc.assert(fc.property(anyText, (text) => fromUtf8(utf8(text)) === text));
  });

  it.each([
    ['a stray continuation byte', [0x61, 0x80]],
    ['a truncated character', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('the UTF-8 reader refuses %s', (_, bytes) => {
    expect(() => fromUtf8(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_JSON', message: 'invalid UTF-8' }),
    );
  });

  it('UTF-8 keeps a byte order mark as the character it is', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });
});

describe('hexadecimal', () => {
  it('hexadecimal gives back all bytes, in lower case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toMatch(/^[0-9a-f]*$/);
        expect(equalBytes(fromHex(toHex(bytes)), bytes)).toBe(true);
      }),
    );
  });

  it('hexadecimal reads either case', () => {
    expect(toHex(fromHex('00FFaB'))).toBe('00ffab');
  });

  it.each(['0', 'abc', '0x', 'zz', '0 ', 'ab\n', 'é0'])('the hexadecimal reader refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'MALFORMED_HASH' }));
  });

  it('hexadecimal sees only its own part of a larger buffer', () => {
    const part = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(toHex(part)).toBe('0203');
    expect(toBase64(part)).toBe('AgM=');
  });
});

describe('base64', () => {
  it('base64 gives back all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const back = fromBase64(toBase64(bytes));
        return back !== undefined && equalBytes(back, bytes);
      }),
    );
  });

  it('base64 has one spelling for each value: what it reads it writes again', () => {
    const spelling = fc.string({
      unit: fc.constantFrom('A', 'Q', 'g', 'w', '/', '+', '-', '_', '=', '\n', ' '),
    });
    fc.assert(
      fc.property(spelling, (text) => {
        const bytes = fromBase64(text);
        return bytes === undefined || toBase64(bytes) === text;
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['the alphabet of URLs', '-_-_'],
    ['missing padding', 'QQ'],
    ['too much padding', 'QUI=='],
    ['stray bits behind the last byte', 'QR=='],
    ['a line break', 'QUJD\nREVG'],
    ['a blank', 'QUJD '],
    ['other characters', 'QU*D'],
    ['padding in the middle', 'QQ==QQ=='],
  ])('the base64 reader refuses %s', (_, text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('base64 reads nothing as no bytes', () => {
    expect(fromBase64('')).toHaveLength(0);
  });
});

describe('the order of strings', () => {
  it('the order of strings is that of their UTF-8 bytes, astral characters and the private use area included', () => {
    fc.assert(
      fc.property(borderText, borderText, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(Buffer.compare(utf8(left), utf8(right)));
      }),
      { numRuns: 5000 },
    );
  });

  it('the order of strings is that of UTF-8 for any two strings', () => {
    fc.assert(
      fc.property(anyText, anyText, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(Buffer.compare(utf8(left), utf8(right)));
      }),
      { numRuns: 2000 },
    );
  });

  it('the order of strings puts full-width punctuation before emoji, unlike UTF-16', () => {
    expect(['😀', '！'].sort(compareUtf8)).toEqual(['！', '😀']);
    expect(['😀', '！'].sort()).toEqual(['😀', '！']);
  });
});

describe('isBase64', () => {
  it('isBase64 says of long texts what decoding says', () => {
    for (const length of [188, 189, 190, 191, 192, 193, 194, 400]) {
      const text = toBase64(new Uint8Array(length).fill(0xfb));
      expect(isBase64(text)).toBe(true);
      expect(isBase64(text.slice(1))).toBe(false);
      expect(isBase64(`${text.slice(0, 7)}-${text.slice(8)}`)).toBe(false);
      expect(isBase64(`${text.slice(0, 7)}\u0141${text.slice(8)}`)).toBe(false);
    }
  });

  it('isBase64 says of every short text what decoding says', () => {
    const alphabet = ['A', 'B', 'Q', 'g', 'w', '8', '0', '/', '+', '=', '-', '_', '\n', ' '];
    const texts = [''];
    for (let length = 0; length < 4; length++) {
      for (const text of texts.filter((one) => one.length === length)) {
        for (const letter of alphabet) texts.push(text + letter);
      }
    }
    for (const text of texts) {
      for (const whole of [text, `AAAA${text}`]) {
        expect(`${whole} ${isBase64(whole)}`).toBe(`${whole} ${fromBase64(whole) !== undefined}`);
      }
    }
  });
});
