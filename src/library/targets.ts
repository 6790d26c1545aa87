/** Converts targets between scripts (plain data, hexadecimal digests) and metadata. */

import { canonicalCustom, fileMetaOfStream } from '../client/stage/add-target.ts';
import { type HashAlgorithm, hashLengths } from '../crypto/signatures/hash-lengths.ts';
import { fromHex, toBase64, utf8 } from '../encoding/bytes.ts';
import type { JsonData } from '../encoding/to-plain-json.ts';
import { NotaryError } from '../errors.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import type { Files } from '../ports/files.ts';
import { bytesOf } from './check-arguments.ts';
import type { TargetContent } from './repository.ts';

/**
 * What is recorded of a target's content.
 *
 * @throws NotaryError FILE_UNREADABLE, MALFORMED_NUMBER, MALFORMED_HASH, and MALFORMED_JSON for custom data
 * that clients could not sign again
 */
export async function metaOf(
  content: TargetContent,
  custom: JsonData | undefined,
  files: Files,
): Promise<FileMeta> {
  const meta = await contentMeta(content, files);
  if (custom === undefined) return meta;
  const canonical = canonicalCustom(utf8(jsonOf(custom)));
  return canonical === undefined ? meta : { ...meta, custom: canonical };
}

/**
 * Content that was handed over as it is, or the file that holds it.
 *
 * @throws NotaryError USAGE for what no declaration allows
 */
export function bytesOrFile(content: unknown): Uint8Array | { readonly file: string } {
  const bytes = bytesOf(content);
  if (bytes !== undefined) return bytes;
  const file: unknown =
    typeof content === 'object' && content !== null && 'file' in content ? content.file : undefined;
  if (typeof file === 'string') return { file };
  throw new NotaryError('USAGE', 'content is given as bytes, as { file }, or as { length, sha256 }');
}

function jsonOf(custom: JsonData): string {
  try {
    // No JSON comes of a function, for one, in spite of the declaration.
    const json = JSON.stringify(custom) as string | undefined;
    if (json !== undefined) return json;
  } catch (cause) {
    throw new NotaryError('USAGE', 'add: the option custom must be plain data', { cause });
  }
  throw new NotaryError('USAGE', 'add: the option custom must be plain data');
}

async function contentMeta(content: TargetContent, files: Files): Promise<FileMeta> {
  const given: unknown = content;
  const isRecord =
    typeof given === 'object' &&
    given !== null &&
    !ArrayBuffer.isView(given) &&
    !Array.isArray(given) &&
    'length' in given &&
    !('file' in given);
  if (!isRecord) {
    const source = bytesOrFile(content);
    return fileMetaOfStream(source instanceof Uint8Array ? once(source) : files.chunks(source.file));
  }
  const { length, sha256, sha512 } = content as Exclude<
    TargetContent,
    Uint8Array | { readonly file: string }
  >;
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new NotaryError('MALFORMED_NUMBER', `${length} is no length of a target`);
  }
  const digests = { ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) };
  const hashes = Object.entries(digests).map(([algorithm, hex]): [string, string] => [
    algorithm,
    toBase64(digestOf(algorithm as HashAlgorithm, hex)),
  ]);
  if (hashes.length > 0) return { length, hashes: new Map(hashes) };
  throw new NotaryError('MALFORMED_HASH', 'a target needs at least one digest, sha256 or sha512');
}

/** @throws NotaryError MALFORMED_HASH */
function digestOf(algorithm: HashAlgorithm, hex: unknown): Uint8Array {
  if (typeof hex !== 'string') throw new NotaryError('USAGE', `a ${algorithm} digest must be a text`);
  const digits = 2 * hashLengths[algorithm];
  if (hex.length === digits) return fromHex(hex);
  throw new NotaryError('MALFORMED_HASH', `a ${algorithm} digest has ${digits} hexadecimal digits`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
