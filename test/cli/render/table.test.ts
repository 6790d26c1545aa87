import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../../../src/cli/render/table.ts';
import { type Layout, unlimited } from '../../../src/cli/render/view.ts';

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

  it('a table that is too wide even with short IDs shows the end of a last column, and fits', () => {
    const id = '0123456789abcdef'.repeat(4);
    const rows = [
      ['root', id, '/home/alice/.notary/private'],
      ['user', id, '/tmp'],
    ];
    const of = (columns: number, wide = false) =>
      table(['ROLE', 'KEY ID', 'LOCATION'], rows, {
        ...{ column: 1, end: 2 },
        layout: { terminal: true, columns: () => columns, wide },
      }).split('\n');
    expect(of(51)[2]).toBe('root    0123456789ab    /home/alice/.notary/private');
    const narrow = of(44);
    expect(narrow.slice(2)).toEqual(
      [
        'root    0123456789ab    .../.notary/private',
        'user    0123456789ab    /tmp',
        '(KEY ID is cut to 12 digits, LOCATION to its end; --wide shows all)',
        '',
      ].map((line) => line.replace('.../', '...e/')),
    );
    expect(of(5)[2]).toBe('root    0123456789ab    .../private');
    expect(of(44, true)[2]).toBe(`root    ${id}    /home/alice/.notary/private`);
  });

  it('a table that is wider than the terminal has IDs of twelve digits there, and nowhere else', () => {
    const id = '0123456789abcdef'.repeat(4);
    const of = (layout: Layout) => table(['ID', 'B'], [[id, 'x']], { column: 0, layout });
    const terminal = { terminal: true, columns: () => 69, wide: false };
    const full = `ID${' '.repeat(66)}B\n--${' '.repeat(66)}-\n${id}    x\n`;
    expect(of(terminal)).toBe(full);
    const short = `ID              B\n--              -\n0123456789ab    x\n(ID is cut to 12 digits; --wide shows all of them)\n`;
    expect(of({ ...terminal, columns: () => 68 })).toBe(short);
    expect(of({ ...terminal, columns: () => 10 })).toBe(short);
    for (const layout of [
      { ...terminal, columns: () => 10, wide: true },
      { ...terminal, columns: () => 10, terminal: false },
      { ...terminal, columns: () => 0 },
      { ...terminal, columns: () => undefined },
      unlimited,
    ]) {
      expect(of(layout)).toBe(full);
    }
  });
});
