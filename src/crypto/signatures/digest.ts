/** Hashes files and targets. */

import { createHash, createHmac } from 'node:crypto';
import type { HashAlgorithm } from './hash-lengths.ts';

export function digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  return createHash(algorithm).update(bytes).digest();
}

/** Length, SHA-256 and SHA-512 of a stream of chunks, in one pass. */
export async function digestStream(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ length: number; sha256: Uint8Array; sha512: Uint8Array }> {
  const sha256 = createHash('sha256');
  const sha512 = createHash('sha512');
  let length = 0;
  for await (const chunk of chunks) {
    sha256.update(chunk);
    sha512.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: sha256.digest(), sha512: sha512.digest() };
}

/** HMAC with SHA-256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest();
}
