/** Is `docs/parity.md` true? Every test it names exists, and every row has a test or a reason. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixturePath } from './support/fixture-files.ts';

const here = import.meta.dirname;
const ledger = readFileSync(join(here, '../docs/parity.md'), 'utf8');
const section = (title: string) => ledger.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';

interface Row {
  readonly suite: string;
  readonly test: string;
  readonly cell: string;
}

const rows: readonly Row[] = ledger.split(/^## /m).flatMap((part) => {
  const suite = part.slice(0, part.indexOf('\n'));
  return [...part.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, test = '', cell = '']) => ({
    suite,
    test,
    cell,
  }));
});

const items = (text: string) => [...text.matchAll(/^- (.*)$/gm)].map(([, item = '']) => item);

interface Reference {
  readonly file: string;
  /** Undefined for a transcript, which is a test as a whole. */
  readonly name: string | undefined;
}

/** The references of a cell or an item: `file` alone, or `file`: name. */
function referencesIn(text: string): readonly Reference[] {
  return text.split('<br>').flatMap((part) => {
    const [, file, name] = /^`([^`]+\.(?:txt|test\.ts))`(?:: (.+))?$/.exec(part) ?? [];
    return file === undefined ? [] : [{ file, name: name?.replaceAll('&#124;', '|') }];
  });
}

/** True when a test, or a table of tests, of the file has the name, and not just any text there. */
function isTestIn(source: string, name: string): boolean {
  for (const quote of ["'", '"', '`']) {
    for (const spelling of [name, name.replaceAll("'", "\\'")]) {
      const literal = quote + spelling + quote;
      for (let at = source.indexOf(literal); at >= 0; at = source.indexOf(literal, at + 1)) {
        const before = source.slice(0, at).trimEnd();
        const after = source.slice(at + literal.length).trimStart();
        if (before.endsWith('(') && !before.endsWith('describe(') && after.startsWith(',')) return true;
      }
    }
  }
  return false;
}

function missing({ file, name }: Reference): string | undefined {
  if (name === undefined) {
    return existsSync(fixturePath(join('transcripts', file))) ? undefined : `no transcript ${file}`;
  }
  const path = join(here, file);
  if (!existsSync(path)) return `no file ${file}`;
  return isTestIn(readFileSync(path, 'utf8'), name) ? undefined : `${file} has no test "${name}"`;
}

describe('the ledger of tests', () => {
  it('the ledger of tests has the rows of all suites, each test once', () => {
    expect(rows).toHaveLength(601);
    const keys = rows.map(({ suite, test }) => `${suite}: ${test}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('the ledger of tests has a test or a reason in every row', () => {
    const empty = rows.filter(
      ({ cell }) =>
        referencesIn(cell).length !== cell.split('<br>').length && !/^(— .{10,}|not covered yet)$/.test(cell),
    );
    expect(empty).toEqual([]);
  });

  it('the ledger of tests names tests that exist', () => {
    expect(
      rows.flatMap(({ cell }) => referencesIn(cell)).flatMap((reference) => missing(reference) ?? []),
    ).toEqual([]);
  });
});

describe('the list of deliberate differences', () => {
  const differences = items(section('Deliberate differences'));

  it('the list of deliberate differences pins each of them with a test', () => {
    expect(differences.length).toBeGreaterThan(50);
    expect(differences.filter((item) => referencesIn(item).length === 0)).toEqual([]);
  });

  it('the list of deliberate differences decides on every wart, W1 to W33', () => {
    const decided = new Set(
      differences.flatMap((item) => [...item.matchAll(/\bW(\d+)\b/g)].map(([, number]) => Number(number))),
    );
    expect([...decided].sort((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, index) => index + 1));
  });

  it('the list of deliberate differences names tests that exist', () => {
    expect(differences.flatMap(referencesIn).flatMap((reference) => missing(reference) ?? [])).toEqual([]);
  });
});

describe('the list of attacks', () => {
  const attacks = items(section('Attacks'));

  it('the list of attacks names tests that exist, one at least for each attack', () => {
    expect(attacks.length).toBeGreaterThan(25);
    expect(attacks.filter((item) => referencesIn(item).length === 0)).toEqual([]);
    expect(attacks.flatMap(referencesIn).flatMap((reference) => missing(reference) ?? [])).toEqual([]);
  });
});

describe('the list of known failures', () => {
  it('the list of known failures is empty, or each is a test that is marked as failing', () => {
    const failures = items(section('Known failures'));
    const marked = failures.filter((item) =>
      referencesIn(item).some(({ file, name = '' }) =>
        readFileSync(join(here, file), 'utf8').includes(`it.fails('${name}'`),
      ),
    );
    expect(marked).toEqual(failures);
    if (failures.length === 0) expect(section('Known failures')).toContain('None.');
  });
});
