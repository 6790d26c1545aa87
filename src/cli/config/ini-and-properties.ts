/** Parses configuration files with one setting per line: Java properties, dotenv files, INI. */

import type { JsonObject } from '../../encoding/json-value.ts';
import { NotaryError } from '../../errors.ts';

/** `name = value`, `name: value` or `name value`; dots in names nest; `#` and `!` start comments. */
export function readProperties(text: string): JsonObject {
  const settings: Branch = new Map();
  for (const line of text.replace(/\\\r?\n[ \t]*/g, '').split(/\r?\n/)) {
    const text = line.trim();
    const name = /^[^#!\s=:][^\s=:]*/.exec(text)?.[0];
    if (name === undefined) continue;
    const rest = text.slice(name.length).trimStart();
    const value = /^[=:]/.test(rest) ? rest.slice(1).trimStart() : rest;
    if (isOneLine(value)) place(settings, name.split('.'), unquoted(value));
  }
  return settings;
}

/** `[section]` and `name = value`; settings before the first section belong to one called `default`. */
export function readIni(text: string): JsonObject {
  const settings: Branch = new Map();
  let section = ['default'];
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const heading = /^\[(.*)\]$/.exec(line);
    if (heading !== null) {
      section = (heading[1] ?? '').trim().split('.');
      continue;
    }
    const delimiter = line.search(/[=:]/);
    const value = line.slice(delimiter + 1).trimStart();
    if (delimiter < 1 || !isOneLine(value))
      throw new NotaryError('CONFIG_INVALID', `key-value delimiter not found: ${line}`);
    place(settings, [...section, line.slice(0, delimiter).trimEnd()], unquoted(value));
  }
  return settings;
}

/** A carriage return alone, and Unicode's separators of lines, end no line here and have no place in one. */
function isOneLine(text: string): boolean {
  return !/[\r\n\u2028\u2029]/.test(text);
}

type Branch = Map<string, string | Branch>;

function place(settings: Branch, path: readonly string[], value: string): void {
  let branch = settings;
  for (const name of path.slice(0, -1)) {
    const inner = branch.get(name);
    if (inner instanceof Map) branch = inner;
    else {
      const fresh: Branch = new Map();
      branch.set(name, fresh);
      branch = fresh;
    }
  }
  branch.set(path[path.length - 1] ?? '', value);
}

function unquoted(text: string): string {
  const match = /^(["'`])(.*)\1$/.exec(text);
  return match === null ? text : (match[2] ?? '');
}
