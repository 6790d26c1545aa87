/**
 * Reads configuration files in the formats that Notary 0.7.0 reads through viper; the extension, case-sensitive,
 * decides the format. The libraries for YAML and TOML are loaded only for such a file.
 */

import { fromUtf8 } from '../../encoding/bytes.ts';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { goQuote } from '../../go/quote.ts';
import { readIni, readProperties } from './ini-and-properties.ts';

type Reader = (bytes: Uint8Array) => JsonValue | Promise<JsonValue>;

const readers: Readonly<Record<string, Reader>> = {
  json: (bytes) => readJson(bytes, { fractions: true }),
  yaml: readYaml,
  yml: readYaml,
  toml: readToml,
  ini: (bytes) => readIni(fromUtf8(bytes)),
  properties: (bytes) => readProperties(fromUtf8(bytes)),
  props: (bytes) => readProperties(fromUtf8(bytes)),
  prop: (bytes) => readProperties(fromUtf8(bytes)),
  env: (bytes) => readProperties(fromUtf8(bytes)),
  dotenv: (bytes) => readProperties(fromUtf8(bytes)),
};

/** The extension that decides the format of a file; empty when there is none. */
function formatOf(path: string): string {
  return /\.([^./]*)$/.exec(path)?.[1] ?? '';
}

/** @throws NotaryError CONFIG_INVALID, before the file is looked at. */
export function checkFormat(path: string): void {
  if (readers[formatOf(path)] !== undefined) return;
  throw new NotaryError('CONFIG_INVALID', `Unsupported Config Type ${goQuote(formatOf(path))}`, {
    details: { file: path },
    hint: 'Give the configuration file a name that ends in .json, .yaml, .toml or .properties.',
  });
}

/**
 * The settings of a configuration file.
 *
 * @throws NotaryError CONFIG_INVALID, worded `While parsing config: …`.
 */
export async function parseConfigFile(path: string, bytes: Uint8Array): Promise<JsonObject> {
  try {
    const settings = await readers[formatOf(path)]?.(asUtf8(bytes));
    if (settings instanceof Map) return settings;
    if (settings === null || settings === undefined) return new Map();
    throw new NotaryError(
      'CONFIG_INVALID',
      `json: cannot unmarshal ${goKind(settings)} into Go value of type map[string]interface {}`,
    );
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw new NotaryError('CONFIG_INVALID', `While parsing config: ${cause.message}`, {
      details: { file: path },
      hint: `The configuration file is ${path}.`,
      cause,
    });
  }
}

function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

async function readYaml(bytes: Uint8Array): Promise<JsonValue> {
  const { parse } = await import('yaml');
  return guarded('yaml', () => plain(parse(fromUtf8(bytes), { mapAsMap: true, logLevel: 'error' })));
}

async function readToml(bytes: Uint8Array): Promise<JsonValue> {
  const { parse } = await import('smol-toml');
  return guarded('toml', () => plain(parse(fromUtf8(bytes))));
}

function guarded(format: string, read: () => JsonValue): JsonValue {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim().split('\n')[0] : String(cause);
    throw new NotaryError('CONFIG_INVALID', `${format}: ${reason}`, { cause });
  }
}

/** A value of a parser library as the values of our own reader: objects become Maps with text keys. */
function plain(value: unknown): JsonValue {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [String(key), plain(item)]));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') {
    return new Map(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  if (typeof value === 'boolean' || typeof value === 'number') return value;
  return typeof value === 'string' || typeof value === 'bigint' ? String(value) : null;
}
