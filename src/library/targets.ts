/** Targets between scripts, with plain data and hexadecimal digests, and metadata. */

import { canonicalCustom, measure } from '../client/add-target.ts';
import { fromHex, toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import { type JsonData, plainData } from '../encoding/plain-data.ts';
import { NotaryError } from '../errors.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import type { Files } from '../ports.ts';
import type { TargetWithRole } from '../tuf/target-walk.ts';
import type { Target, TargetContent } from './repository.ts';

const digestLengths = { sha256: 64, sha512: 128 } as const;
type Algorithm = keyof typeof digestLengths;

/** A target of verified metadata as a script gets it. */
export function plainTarget({ name, role, meta }: TargetWithRole): Target {
  const hashes = [...meta.hashes].map(([algorithm, hash]): [string, string] => [
    algorithm,
    toHex(Buffer.from(hash, 'base64')),
  ]);
  const custom = meta.custom === undefined ? {} : { custom: plainData(meta.custom) };
  return { name, role, length: meta.length, hashes: Object.fromEntries(hashes), ...custom };
}

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
  const canonical = canonicalCustom(utf8(JSON.stringify(custom)));
  return canonical === undefined ? meta : { ...meta, custom: canonical };
}

/**
 * Whether content was handed over as it is. Arrays of another context of V8, as test runners make them, are
 * arrays too.
 *
 * @throws NotaryError USAGE for what no declaration allows
 */
export function isBytes(content: TargetContent): content is Uint8Array {
  const given: unknown = content;
  if (typeof given === 'object' && given !== null) return ArrayBuffer.isView(given);
  throw new NotaryError('USAGE', 'content is given as bytes, as { file }, or as { length, sha256 }');
}

async function contentMeta(content: TargetContent, files: Files): Promise<FileMeta> {
  if (isBytes(content)) return measure(once(content));
  if ('file' in content) return measure(files.chunks(content.file));
  const { length, sha256, sha512 } = content;
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new NotaryError('MALFORMED_NUMBER', `${length} is no length of a target`);
  }
  const given = { ...(sha256 !== undefined && { sha256 }), ...(sha512 !== undefined && { sha512 }) };
  const hashes = Object.entries(given).map(([algorithm, hex]): [string, string] => [
    algorithm,
    toBase64(digestOf(algorithm as Algorithm, hex)),
  ]);
  if (hashes.length > 0) return { length, hashes: new Map(hashes) };
  throw new NotaryError('MALFORMED_HASH', 'a target needs at least one digest, sha256 or sha512');
}

/** @throws NotaryError MALFORMED_HASH */
function digestOf(algorithm: Algorithm, hex: string): Uint8Array {
  const digits = digestLengths[algorithm];
  if (hex.length === digits) return fromHex(hex);
  throw new NotaryError('MALFORMED_HASH', `a ${algorithm} digest has ${digits} hexadecimal digits`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
