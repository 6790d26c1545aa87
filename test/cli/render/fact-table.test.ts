import { describe, expect, it } from 'vitest';
import { factTable, listTable } from '../../../src/cli/render/fact-table.ts';
import { unlimited } from '../../../src/cli/render/view.ts';

const facts = [
  ['State', 'answers'],
  ['URL', 'https://localhost:4443'],
  ['Folder', ''],
] as const;

const terminal = { terminal: true, columns: (): number | undefined => undefined, wide: false };

describe('a table of facts', () => {
  it('is a box on a terminal', () => {
    expect(factTable(facts, terminal)).toBe(
      [
        '+--------+------------------------+',
        '| State  | answers                |',
        '| URL    | https://localhost:4443 |',
        '| Folder |                        |',
        '+--------+------------------------+',
        '',
      ].join('\n'),
    );
  });

  it('is two columns elsewhere, with no blanks at the ends of lines', () => {
    expect(factTable(facts, unlimited)).toBe('State   answers\nURL     https://localhost:4443\nFolder\n');
  });

  it('has no box that is wider than a terminal usually is', () => {
    const value = (length: number) => [['Folder', '/'.padEnd(length, 'x')]] as const;
    expect(factTable(value(67), terminal).split('\n')[0]).toHaveLength(80);
    expect(factTable(value(68), terminal)).toBe(`Folder  /${'x'.repeat(67)}\n`);
  });

  it('has no box that is wider than the terminal', () => {
    expect(factTable(facts, { ...terminal, columns: () => 35 })).toContain('+--');
    expect(factTable(facts, { ...terminal, columns: () => 34 })).toBe(factTable(facts, unlimited));
  });

  it('keeps its shape, whatever is in it', () => {
    const table = factTable(
      [
        ['Folder', '日本\n\u001b[31mred\t  x '],
        ['URL', 'y'],
      ],
      terminal,
    );
    expect(table).toContain('| Folder | 日本\\x0a\\x1b[31mred\\x09 \\x20x\\x20 |\n');
    expect(table).toMatch(/\n\| URL {4}\| y {33}\|\n/);
    expect(table.split('\n')).toHaveLength(5);
  });

  it('has no colours, even where they are wanted', () => {
    expect(factTable(facts, terminal)).not.toContain('\u001b');
  });
});

describe('a list drawn with cli-table3', () => {
  const id = 'ab'.repeat(32);
  const rows = [
    ['bob', id, 'targets/releases, targets/bob'],
    ['', 'short', 'a\u001bb'],
  ];
  const layout = (columns: number, wide = false) => ({ terminal: true, columns: () => columns, wide });

  it('a list is whole in a pipe and with --wide', () => {
    const whole =
      `NAME  KEY ID${' '.repeat(60)}ROLES\n` +
      `bob   ${id}  targets/releases, targets/bob\n` +
      `      short${' '.repeat(61)}a\\x1bb\n`;
    expect(listTable(['NAME', 'KEY ID', 'ROLES'], rows, unlimited)).toBe(whole);
    expect(listTable(['NAME', 'KEY ID', 'ROLES'], rows, layout(40, true))).toBe(whole);
  });

  it.each([80, 50, 40, 30])('a list on a terminal of %i columns cuts IDs and is no wider', (columns) => {
    const shown = listTable(['NAME', 'KEY ID', 'ROLES'], rows, layout(columns));
    expect(shown).toContain(`bob   ${id.slice(0, 12)}  `);
    expect(shown).not.toContain(id.slice(0, 13));
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(shown.replace(/\s+/g, '')).toContain(columns > 50 ? 'targets/releases,targets/bob' : 'targets');
  });
});
