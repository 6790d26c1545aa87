/** The rules of the house that hold for the sources as a whole. The reasons stand in docs/architecture.md. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { rings, wiring } from '../.config/rings.mjs';

const root = join(import.meta.dirname, '..');
const sources = filesBelow(join(root, 'src'));
const tests = filesBelow(join(root, 'test'));

interface Import {
  readonly specifier: string;
  readonly kind: 'static' | 'type' | 'dynamic';
}

interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly lines: number;
  readonly anys: readonly number[];
  readonly reExports: readonly string[];
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /(?<!\.d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

function read(path: string): Module {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const anys: number[] = [];
  const reExports: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) anys.push(lineOf(file, node));
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      imports.push({ specifier: node.moduleSpecifier.text, kind: typeOnly ? 'type' : 'static' });
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, kind: node.isTypeOnly ? 'type' : 'static' });
      reExports.push(node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument))
        imports.push({ specifier: argument.text, kind: 'dynamic' });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, lines: text.split('\n').length - 1, anys, reExports };
}

function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

const modules = new Map(sources.map((path) => [path, read(path)]));
const short = (path: string) => relative(root, path);

/** Everything that is loaded when the module is, as chains of paths ending in a package or a file. */
function loadedWith(start: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const walk = (path: string, chain: readonly string[]): void => {
    if (found.has(path)) return;
    found.set(path, chain);
    for (const { specifier, kind } of modules.get(path)?.imports ?? []) {
      if (kind !== 'static') continue;
      const next = specifier.startsWith('.') ? resolve(dirname(path), specifier) : specifier;
      walk(next, [...chain, short(path)]);
    }
  };
  walk(start, []);
  return found;
}

const heavy = /^(undici|node-forge|@noble\/|yaml|smol-toml|inquirer|@inquirer\/|cli-table3)/;

function ringOf(path: string): string {
  return short(path).split('/')[1] ?? '';
}

function mayWireAdapters(path: string): boolean {
  return wiring.includes(relative(join(root, 'src'), path));
}

/** Two directories of one ring, neither of which holds the other. */
function areNeighbours(one: string, other: string): boolean {
  const within = (inner: string, outer: string) => `${inner}/`.startsWith(`${outer}/`);
  return one.split('/')[1] === other.split('/')[1] && !within(one, other) && !within(other, one);
}

describe('architecture', () => {
  it('the program starts without loading a heavy package', () => {
    const loaded = loadedWith(join(root, 'src/cli/main.ts'));
    expect(loaded.size).toBeGreaterThan(30);
    const chains = [...loaded].filter(([name]) => heavy.test(name));
    expect(chains.map(([name, chain]) => `${chain.join(' > ')} > ${name}`)).toEqual([]);
  });

  it('the source has no file and no directory whose name says nothing', () => {
    const empty = /^(managers?|helpers?|utils?|utilities|commons?|shared|misc)(\.|$)/;
    const paths = [...sources, ...tests].map(short);
    expect(paths.filter((path) => path.split('/').some((part) => empty.test(part)))).toEqual([]);
  });

  it('the source keeps every file within 300 lines', () => {
    const long = [...modules.values()].filter(({ lines }) => lines > 300);
    expect(long.map(({ path, lines }) => `${short(path)}: ${String(lines)}`)).toEqual([]);
  });

  it('the source never gives up on a type', () => {
    const found = [...modules.values()].flatMap(({ path, anys }) =>
      anys.map((line) => `${short(path)}:${String(line)}`),
    );
    expect(found).toEqual([]);
  });

  it('the entry src/index.ts only re-exports', () => {
    const found = [...modules.values()].filter(
      ({ path, reExports }) => reExports.length > 0 && short(path) !== 'src/index.ts',
    );
    expect(found.map(({ path }) => short(path))).toEqual([]);
  });

  it('the rings let imports point inwards only', () => {
    const wrong = [...modules.values()].flatMap(({ path, imports }) => {
      const ring = ringOf(path);
      if (basename(dirname(path)) === 'src') return [];
      const allowed = [ring, ...(rings[ring] ?? []), ...(mayWireAdapters(path) ? ['adapters'] : [])];
      return imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolve(dirname(path), specifier))
        .filter(
          (target) => !/^(package\.json|src\/(errors|error-codes|ports\/[a-z-]+)\.ts)$/.test(short(target)),
        )
        .filter((target) => !allowed.includes(ringOf(target)))
        .map((target) => `${short(path)} > ${short(target)}`);
    });
    expect(wrong).toEqual([]);
  });

  it('the command line alone knows the command line', () => {
    const outside = [...modules.values()].filter(({ path }) => ringOf(path) !== 'cli');
    const wrong = outside.filter(({ path, imports }) =>
      imports.some(({ specifier }) => ringOf(resolve(dirname(path), specifier)) === 'cli'),
    );
    expect(wrong.map(({ path }) => short(path))).toEqual([]);
  });

  it('the list of rings knows every directory of src', () => {
    const found = new Set(sources.filter((path) => short(path).split('/').length > 2).map(ringOf));
    expect([...found].filter((ring) => !(ring in rings))).toEqual([]);
  });

  it('the source wires adapters in one place for each way in', () => {
    const wrong = [...modules.values()]
      .filter(({ path }) => ['cli', 'library'].includes(ringOf(path)) && !mayWireAdapters(path))
      .filter(({ imports }) => imports.some(({ specifier }) => /^(\.\.\/)+adapters\//.test(specifier)))
      .map(({ path }) => short(path));
    expect(wrong).toEqual([]);
    expect(wiring.filter((file) => !modules.has(join(root, 'src', file)))).toEqual([]);
  });

  it('the source has no circle of imports, types included', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, way: readonly string[]): void => {
      const at = way.indexOf(path);
      if (at >= 0) circles.push([...way.slice(at), path].map(short).join(' > '));
      if (at >= 0 || done.has(path)) return;
      for (const { specifier } of modules.get(path)?.imports ?? []) {
        if (specifier.startsWith('.')) walk(resolve(dirname(path), specifier), [...way, path]);
      }
      done.add(path);
    };
    for (const path of modules.keys()) walk(path, []);
    expect(circles).toEqual([]);
  });

  it('the directories of a ring have no circle between them', () => {
    const folders = new Map<string, Set<string>>();
    for (const { path, imports } of modules.values()) {
      const from = short(dirname(path));
      for (const { specifier } of imports) {
        const to = short(dirname(resolve(dirname(path), specifier)));
        if (!specifier.startsWith('.') || !areNeighbours(from, to)) continue;
        folders.set(from, (folders.get(from) ?? new Set()).add(to));
      }
    }
    const leadsBack = (from: string, start: string, seen: Set<string>): boolean =>
      [...(folders.get(from) ?? [])].some((to) => {
        if (to === start) return true;
        if (seen.has(to)) return false;
        seen.add(to);
        return leadsBack(to, start, seen);
      });
    expect([...folders.keys()].filter((folder) => leadsBack(folder, folder, new Set()))).toEqual([]);
  });

  it('the source imports only files that exist', () => {
    const missing = [...modules.values()].flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .filter(({ specifier }) => !existsSync(resolve(dirname(path), specifier)))
        .map(({ specifier }) => `${short(path)} > ${specifier}`),
    );
    expect(missing).toEqual([]);
  });
});
