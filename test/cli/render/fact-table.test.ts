import { describe, expect, it } from 'vitest';
import { factTable } from '../../../src/cli/render/fact-table.ts';
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
