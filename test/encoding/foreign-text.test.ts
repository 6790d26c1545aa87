import { describe, expect, it } from 'vitest';
import { asUtf8 } from '../../src/encoding/foreign-text.ts';

const text = '{"é": "😀"}';
const little = Buffer.from(text, 'utf16le');
const big = Buffer.from(little).swap16();

describe('text that a person hands over', () => {
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 with a mark, as PowerShell writes it', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 of the other byte order with a mark', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('is read from %s', (_, file) => {
    expect(Buffer.from(asUtf8(file)).toString()).toBe(text);
  });

  it.each([
    ['an odd number of bytes', Buffer.concat([Buffer.of(0xff, 0xfe), little, Buffer.of(0x41)])],
    [
      'an odd number of bytes in the other order',
      Buffer.concat([Buffer.of(0xfe, 0xff), big, Buffer.of(0x41)]),
    ],
    ['half a character', Buffer.from('\ufeff"\ud83d"', 'utf16le')],
  ])('is left as it is when it has %s', (_, file) => {
    expect(asUtf8(file)).toBe(file);
  });
});
