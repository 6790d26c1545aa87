import { describe, expect, it } from 'vitest';
import { readCsvRecord } from '../../src/go/csv.ts';

describe('a record of comma-separated values', () => {
  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a,', ['a', '']],
    [',', ['', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a""b"', ['a"b']],
    ['""', ['']],
    [' a , b ', [' a ', ' b ']],
    ['a\nb', ['a']],
    ['\n\na', ['a']],
    ['"a\nb",c', ['a\nb', 'c']],
    ['a\r\n', ['a']],
    ['ä,"ö"', ['ä', 'ö']],
  ])('the record %j is split as Go splits it', (text, fields) => {
    expect(readCsvRecord(text)).toEqual(fields);
  });

  it.each([
    ['"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ['"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ['a"b', 'parse error on line 1, column 2: bare " in non-quoted-field'],
    ['ä"', 'parse error on line 1, column 3: bare " in non-quoted-field'],
    ['x,a"b', 'parse error on line 1, column 4: bare " in non-quoted-field'],
    ['"a\nb', 'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field'],
    ['"a\n', 'parse error on line 1, column 4: extraneous or missing " in quoted-field'],
    ['\n', 'EOF'],
  ])('the record %j is refused', (text, message) => {
    expect(() => readCsvRecord(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_FLAG', message }) as Error,
    );
  });
});
