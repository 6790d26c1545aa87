/**
 * Edits a JSON text in place: sets one member of nested objects and leaves every other byte as it is, in the indentation
 * that the text has.
 */

import { utf8 } from './bytes.ts';
import { readJson } from './json.ts';

/** A member of an object, by where its parts stand in the text. */
interface Member {
  readonly name: string;
  /** Where the name begins. */
  readonly start: number;
  readonly value: Span;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const defaultIndent = '  ';

/**
 * The text with a member set to a value. Objects on the way are made where they are missing, and take the place of null.
 *
 * @param text one JSON object, which has been read as such and has no member twice
 * @param path the names of the members, from the outermost; a name is the first that `isSame` takes for it
 * @param value what `JSON.stringify` can write
 */
export function setMember(
  text: string,
  path: readonly [string, ...string[]],
  value: unknown,
  isSame: (name: string, wanted: string, depth: number) => boolean = (name, wanted) => name === wanted,
): string {
  const unit = indentOf(text);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  let at = skipBlanks(text, 0);
  for (const [depth, wanted] of path.entries()) {
    const members = membersOf(text, at);
    const found = members.find(({ name }) => isSame(name, wanted, depth));
    const rest = path.slice(depth + 1);
    if (found === undefined) {
      const last = members.at(-1);
      return inserted(
        text,
        at,
        last,
        { name: wanted, value: nested(rest, value) },
        { unit, newline, depth: depth + 1 },
      );
    }
    const isObject = text[found.value.start] === '{';
    if (rest.length === 0 || !isObject) {
      const written = writtenAs(nested(rest, value), { unit, newline, depth: depth + 1 }, hasLines(text, at));
      return text.slice(0, found.value.start) + written + text.slice(found.value.end);
    }
    at = found.value.start;
  }
  return text;
}

interface Style {
  readonly unit: string;
  readonly newline: string;
  /** Of the members of the object. */
  readonly depth: number;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

function writtenAs(value: unknown, { unit, newline, depth }: Style, lines: boolean): string {
  if (!lines) return spaced(JSON.stringify(value, undefined, 1));
  const margin = unit.repeat(depth);
  return JSON.stringify(value, undefined, unit)
    .split('\n')
    .join(newline + margin);
}

/** On one line, with a blank after each comma and colon. */
function spaced(pretty: string): string {
  return pretty
    .replace(/([[{])\n */g, '$1')
    .replace(/\n *([\]}])/g, '$1')
    .replace(/\n */g, ' ');
}

function inserted(
  text: string,
  object: number,
  last: Member | undefined,
  { name, value }: { readonly name: string; readonly value: unknown },
  style: Style,
): string {
  const { unit, newline, depth } = style;
  const lines = last === undefined ? depth === 1 || text.includes('\n') : hasLines(text, object);
  const member = `${JSON.stringify(name)}: ${writtenAs(value, style, lines)}`;
  if (last !== undefined) {
    const lead = lines ? `,${newline}${marginOf(text, last.start) ?? unit.repeat(depth)}` : ', ';
    return text.slice(0, last.value.end) + lead + member + text.slice(last.value.end);
  }
  const end = skipBlanks(text, object + 1);
  const body = lines
    ? `{${newline}${unit.repeat(depth)}${member}${newline}${unit.repeat(depth - 1)}}`
    : `{${member}}`;
  return text.slice(0, object) + body + text.slice(end + 1);
}

/** What stands before a member on its line, if nothing but blanks does. */
function marginOf(text: string, at: number): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^[ \t]*$/.test(line) ? line : undefined;
}

/** True when the first member of an object stands on a line of its own. */
function hasLines(text: string, object: number): boolean {
  return text.slice(object, skipBlanks(text, object + 1)).includes('\n');
}

/** What the first member of the document is indented by. */
function indentOf(text: string): string {
  return /^\s*\{[ \t]*\r?\n([ \t]+)"/.exec(text)?.[1] ?? defaultIndent;
}

function membersOf(text: string, object: number): readonly Member[] {
  const members: Member[] = [];
  let at = skipBlanks(text, object + 1);
  while (text[at] !== '}') {
    const start = at;
    const end = stringEnd(text, at);
    const name = readJson(utf8(text.slice(start, end))) as string;
    const value = valueSpan(text, skipBlanks(text, skipBlanks(text, end) + 1));
    members.push({ name, start, value });
    at = skipBlanks(text, value.end);
    if (text[at] === ',') at = skipBlanks(text, at + 1);
  }
  return members;
}

function valueSpan(text: string, start: number): Span {
  if (text[start] === '"') return { start, end: stringEnd(text, start) };
  let at = start;
  let open = 0;
  for (; at < text.length; at++) {
    const unit = text[at] ?? '';
    if (unit === '"') at = stringEnd(text, at) - 1;
    else if (unit === '{' || unit === '[') open++;
    else if (unit === '}' || unit === ']') {
      if (open === 0) break;
      open--;
      if (open === 0) return { start, end: at + 1 };
    } else if (open === 0 && /[,\s]/.test(unit)) break;
  }
  return { start, end: at };
}

/** @param start of the quote that opens it */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  return at;
}
