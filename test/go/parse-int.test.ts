import { describe, expect, it } from 'vitest';
import { parseDecimal, parseInteger } from '../../src/go/parse-int.ts';

describe('strconv.ParseInt with base 0', () => {
  it.each([
    ['16', 16n],
    ['-16', -16n],
    ['+1', 1n],
    ['0', 0n],
    ['0x10', 16n],
    ['0XfF', 255n],
    ['0b11', 3n],
    ['0o17', 15n],
    ['017', 15n],
    ['1_000', 1000n],
    ['0x_ff', 255n],
    ['0_7', 7n],
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
  ])('ParseInt reads %s', (text, value) => {
    expect(parseInteger(text)).toBe(value);
  });

  it.each(['', ' 1', '1 ', 'abc', '0x', '08', '1__0', '_1', '1_', '0b2', '1e3', '1.0', '--1', '٣'])(
    'ParseInt refuses %j',
    (text) => {
      const message = `strconv.ParseInt: parsing "${text}": invalid syntax`;
      expect(() => parseInteger(text)).toThrow(
        expect.objectContaining({ code: 'MALFORMED_NUMBER', message }) as Error,
      );
    },
  );

  it('ParseInt refuses what 64 bits cannot hold', () => {
    const message = 'strconv.ParseInt: parsing "9223372036854775808": value out of range';
    expect(() => parseInteger('9223372036854775808')).toThrow(message);
  });
});

describe('strconv.Atoi', () => {
  it('Atoi reads decimal digits with a sign', () => {
    expect(parseDecimal('007')).toBe(7);
    expect(parseDecimal('-5')).toBe(-5);
    expect(parseDecimal('+5')).toBe(5);
  });

  it.each(['', '0x1', '1_0', 'b', '1 '])('Atoi refuses %j', (text) => {
    expect(() => parseDecimal(text)).toThrow(`strconv.Atoi: parsing "${text}": invalid syntax`);
  });
});
