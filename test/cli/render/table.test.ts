import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../../../src/cli/render/table.ts';

describe('a table', () => {
  it('a table pads every column but the last to its widest cell and four blanks', () => {
    expect(table(['A', 'LONG NAME', 'Z'], [['wide cell', 'b', 'c']])).toBe(
      'A            LONG NAME    Z\n-            ---------    -\nwide cell    b            c\n',
    );
  });

  it('a table pads cells before empty ones, so that such rows end in blanks', () => {
    expect(table(['A', 'B'], [['x', '']])).toBe('A    B\n-    -\nx    \n');
  });

  it('a table counts code points, neither bytes nor columns of a terminal', () => {
    expect(table(['A', 'B'], [['漢字😀', 'x']]).split('\n')[2]).toBe('漢字😀    x');
    expect(table(['ABCD', 'B'], [['é', 'x']]).split('\n')[2]).toBe('é       x');
  });

  it('a table shows escapes instead of control characters, and makes room for them', () => {
    expect(table(['A', 'B'], [['a\tb\x1b[2J', 'x\ny']]).split('\n')).toEqual([
      'A                B',
      '-                -',
      'a\\x09b\\x1b[2J    x\\x0ay',
      '',
    ]);
  });

  it('a table has a line for every row, whatever the cells hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))),
        (rows) => {
          expect(table(['A', 'B'], rows).split('\n')).toHaveLength(rows.length + 3);
        },
      ),
    );
  });
});
