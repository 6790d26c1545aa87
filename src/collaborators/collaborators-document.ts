/** Reads the text of a collaborators file, and changes it with its comments and its order kept. */

import type * as yamlPackage from 'yaml';
import type { Document, Node, Pair, ParsedNode, YAMLMap, YAMLSeq } from 'yaml';
import { isKeyIdInAnyCase, isKeyIdPrefix } from '../crypto/keys/key-id.ts';
import { fromUtf8, utf8 } from '../encoding/bytes.ts';
import { asUtf8 } from '../encoding/foreign-text.ts';
import { parseInstant } from '../encoding/rfc3339.ts';
import { isNotaryError, type NotaryError } from '../errors.ts';
import {
  invalidFile,
  type Position,
  type WrittenCollaborator,
  type WrittenKey,
} from './collaborators-file.ts';
import { normalName } from './name-rules.ts';
import { parseText } from './yaml-syntax.ts';

type Yaml = Pick<
  typeof yamlPackage,
  'isMap' | 'isScalar' | 'isSeq' | 'Pair' | 'Scalar' | 'YAMLMap' | 'YAMLSeq'
>;

/** A file of more has not been written for people; reading it takes longer than they wait. */
export const maxFileBytes = 512 * 1024;

/** A collaborators file as text that can be changed. */
export interface CollaboratorsDocument {
  /** In the order of the file. */
  readonly entries: readonly WrittenCollaborator[];
  /** Adds keys at the end of an entry, which is made at the end of the file when there is none. */
  addKeys(name: string, keys: readonly string[]): void;
  /** Removes keys by what the file has for them. The entry stays. */
  removeKeys(name: string, keys: ReadonlySet<string>): void;
  removeEntry(name: string): void;
  rename(name: string, to: string): void;
  /** The text as UTF-8, with the line ends and the byte order mark that it had. */
  bytes(): Uint8Array;
}

/**
 * @param path of the file, for messages
 * @param file UTF-8 or UTF-16, with or without a byte order mark; empty for a new file
 * @throws NotaryError COLLABORATORS_INVALID with file, line and column
 */
export async function readDocument(path: string, file: Uint8Array): Promise<CollaboratorsDocument> {
  const start = { line: 1, column: 1 };
  if (file.length > maxFileBytes)
    throw invalidFile(path, start, `the file is larger than ${maxFileBytes} bytes`);
  const text = decoded(path, file);
  const parsed = await parseText(text);
  if ('message' in parsed) throw invalidFile(path, parsed.at, parsed.message.split('\n')[0] ?? '');
  const yaml = await import('yaml');
  const reader = new EntryReader(yaml, path, ({ range }) => parsed.at(range?.[0] ?? 0));
  const entries = reader.entries(parsed.document.contents);
  return new EditedDocument(yaml, parsed.document, entries, { text, mark: markOf(file) });
}

/** The byte order mark of UTF-8: a program that wrote one may need it. */
function markOf([first, second, third]: Uint8Array): string {
  return first === 0xef && second === 0xbb && third === 0xbf ? '\ufeff' : '';
}

function decoded(path: string, file: Uint8Array): string {
  try {
    return fromUtf8(asUtf8(file));
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw invalidFile(path, { line: 1, column: 1 }, 'it is neither UTF-8 nor UTF-16');
  }
}

const members = ['email', 'robot', 'keys', 'until'] as const;
type Member = (typeof members)[number];

/** Turns the nodes of a document into entries, and says where one of them is wrong. */
class EntryReader {
  readonly #yaml: Yaml;
  readonly #path: string;
  readonly #at: (node: Node) => Position;

  constructor(yaml: Yaml, path: string, at: (node: Node) => Position) {
    this.#yaml = yaml;
    this.#path = path;
    this.#at = at;
  }

  entries(contents: unknown): readonly WrittenCollaborator[] {
    if (contents === null || this.#isEmpty(contents)) return [];
    return this.#pairs(contents, 'the file').map(({ name, key, value }) => this.#entry(name, key, value));
  }

  #isEmpty(node: unknown): boolean {
    return this.#yaml.isScalar(node) && node.value === '' && node.type === 'PLAIN';
  }

  #entry(name: string, key: Node, value: Node): WrittenCollaborator {
    const what = `the entry of ${JSON.stringify(name)}`;
    const seen = new Map<Member, Node>();
    for (const pair of this.#pairs(value, what)) {
      const member = members.find((known) => known === pair.name);
      if (member === undefined)
        throw this.#invalid(
          pair.key,
          `${what} has the member ${JSON.stringify(pair.name)}; known are ${members.join(', ')}`,
        );
      if (seen.has(member)) throw this.#invalid(pair.key, `${what} has ${member} twice`);
      seen.set(member, pair.value);
    }
    const email = seen.get('email');
    const until = seen.get('until');
    return {
      name,
      at: this.#at(key),
      robot: this.#isTrue(seen.get('robot')),
      keys: this.#keys(seen.get('keys'), what),
      ...(email !== undefined && { email: this.#email(email) }),
      ...(until !== undefined && { until: this.#day(until) }),
    };
  }

  #keys(node: Node | undefined, what: string): readonly WrittenKey[] {
    if (node === undefined) return [];
    if (!this.#yaml.isSeq(node)) throw this.#invalid(node, `the keys in ${what} have to be a list`);
    return node.items.map((item) => {
      const text = this.#text(item as Node, 'a key');
      if (text === '') throw this.#invalid(item as Node, 'a key is empty');
      if (isKeyIdPrefix(text) && !isKeyIdInAnyCase(text))
        throw this.#invalid(
          item as Node,
          `${JSON.stringify(text)} is not a full key ID of 64 hexadecimal digits`,
        );
      return { text, at: this.#at(item as Node) };
    });
  }

  #email(node: Node): string {
    const text = this.#text(node, 'email');
    if (/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(text)) return text;
    throw this.#invalid(node, `${JSON.stringify(text)} is no e-mail address`);
  }

  #isTrue(node: Node | undefined): boolean {
    const text = node === undefined ? 'false' : this.#text(node, 'robot');
    if (node === undefined || text === 'false') return false;
    if (text === 'true') return true;
    throw this.#invalid(node, `robot has to be true or false, not ${JSON.stringify(text)}`);
  }

  #day(node: Node): string {
    const text = this.#text(node, 'until');
    if (/^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text)) return text;
    throw this.#invalid(node, `until has to be a day such as 2026-12-31, not ${JSON.stringify(text)}`);
  }

  #text(node: Node, what: string): string {
    if (this.#yaml.isScalar(node) && typeof node.value === 'string') return node.value;
    throw this.#invalid(node, `${what} has to be text`);
  }

  #pairs(node: unknown, what: string): readonly { name: string; key: Node; value: Node }[] {
    if (!this.#yaml.isMap(node))
      throw this.#invalid(node as Node, `${what} has to be a mapping, such as {keys: […]}`);
    return node.items.map(({ key, value }) => {
      const name = this.#text(key as Node, `a name in ${what}`);
      if (value === null) throw this.#invalid(key as Node, `${JSON.stringify(name)} in ${what} has no value`);
      return { name, key: key as Node, value: value as Node };
    });
  }

  #invalid(node: Node, message: string): NotaryError {
    return invalidFile(this.#path, this.#at(node), message);
  }
}

function isDay(text: string): boolean {
  try {
    parseInstant(`${text}T00:00:00Z`);
    return true;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return false;
  }
}

/** Words that YAML's usual schema takes for something other than text. */
const noText = /^(?:[-+.]?\d.*|true|false|null|yes|no|on|off|y|n|~)$/i;

class EditedDocument implements CollaboratorsDocument {
  readonly entries: readonly WrittenCollaborator[];
  readonly #yaml: Yaml;
  readonly #document: Document.Parsed;
  readonly #text: string;
  readonly #mark: string;
  /** By normal name; undefined until one is looked for, and after names have changed. */
  #pairs: Map<string, Pair> | undefined;

  constructor(
    yaml: Yaml,
    document: Document.Parsed,
    entries: readonly WrittenCollaborator[],
    { text, mark }: { readonly text: string; readonly mark: string },
  ) {
    this.entries = entries;
    this.#yaml = yaml;
    this.#document = document;
    this.#text = text;
    this.#mark = mark;
  }

  addKeys(name: string, keys: readonly string[]): void {
    const entry = this.#find(name)?.value ?? this.#makeEntry(name);
    const list = this.#keysOf(entry) ?? this.#makeList(entry);
    for (const key of keys) list.items.push(this.#scalar(key));
  }

  removeKeys(name: string, keys: ReadonlySet<string>): void {
    const entry = this.#find(name)?.value;
    const list = entry === undefined ? undefined : this.#keysOf(entry);
    if (list !== undefined) list.items = list.items.filter((item) => !keys.has(textOf(item)));
  }

  removeEntry(name: string): void {
    const map = this.#document.contents;
    if (!this.#yaml.isMap(map)) return;
    const index = map.items.findIndex(({ key }) => normalName(textOf(key)) === name);
    const [removed] = index < 0 ? [] : map.items.splice(index, 1);
    this.#pairs = undefined;
    // What stands before the first entry may be about the whole file.
    const lead = index === 0 ? removed?.key.commentBefore : undefined;
    if (typeof lead !== 'string') return;
    const { commentBefore } = this.#document;
    this.#document.commentBefore = commentBefore ? `${commentBefore}\n\n${lead}` : lead;
  }

  rename(name: string, to: string): void {
    const pair = this.#find(name)?.pair;
    if (pair === undefined || !this.#yaml.isScalar(pair.key)) return;
    const { commentBefore, comment, spaceBefore } = pair.key;
    this.#pairs = undefined;
    pair.key = Object.assign(this.#scalar(to), { commentBefore, comment, spaceBefore });
  }

  bytes(): Uint8Array {
    // A document without content cannot be written in a schema that has no null.
    if (!this.#yaml.isMap(this.#document.contents)) return utf8(this.#mark + this.#text);
    const padding = /[{[] /.test(this.#text);
    const written = this.#document.toString({ lineWidth: 0, flowCollectionPadding: padding });
    return utf8(this.#mark + (this.#text.includes('\r\n') ? written.replaceAll('\n', '\r\n') : written));
  }

  #find(name: string): { readonly pair: Pair; readonly value: YAMLMap } | undefined {
    const map = this.#document.contents;
    if (!this.#yaml.isMap(map)) return undefined;
    this.#pairs ??= new Map(map.items.map((one) => [normalName(textOf(one.key)), one]));
    const pair = this.#pairs.get(name);
    return pair === undefined || !this.#yaml.isMap(pair.value) ? undefined : { pair, value: pair.value };
  }

  #keysOf(entry: YAMLMap): YAMLSeq | undefined {
    const list = entry.items.find(({ key }) => textOf(key) === 'keys')?.value;
    return this.#yaml.isSeq(list) ? list : undefined;
  }

  #makeEntry(name: string): YAMLMap {
    const entry = new this.#yaml.YAMLMap();
    entry.flow = true;
    if (!this.#yaml.isMap(this.#document.contents)) {
      const map = new this.#yaml.YAMLMap();
      this.#document.contents = map as unknown as ParsedNode;
    }
    const map = this.#document.contents as unknown as YAMLMap;
    const pair = new this.#yaml.Pair(this.#scalar(name), entry);
    map.items.push(pair);
    this.#pairs?.set(name, pair);
    return entry;
  }

  #makeList(entry: YAMLMap): YAMLSeq {
    const list = new this.#yaml.YAMLSeq();
    list.flow = entry.flow === true;
    entry.items.push(new this.#yaml.Pair(this.#scalar('keys'), list));
    return list;
  }

  #scalar(text: string) {
    const scalar = new this.#yaml.Scalar(text);
    // Digits alone, or with an e among them, are a number to other readers of YAML.
    const isTextAnyway = isKeyIdInAnyCase(text) && /[a-df]/i.test(text);
    if (noText.test(text) && !isTextAnyway) scalar.type = 'QUOTE_DOUBLE';
    return scalar;
  }
}

function textOf(node: unknown): string {
  const value = node === null || typeof node !== 'object' ? undefined : (node as { value?: unknown }).value;
  return typeof value === 'string' ? value : '';
}
