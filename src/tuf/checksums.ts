/** Computes the checksums by which snapshot and timestamp name a file, and compares bytes with them. */

import { digest } from '../crypto/signatures/digest.ts';
import { hashAlgorithms } from '../crypto/signatures/hash-lengths.ts';
import { fromBase64, toBase64, toHex } from '../encoding/bytes.ts';
import { NotaryError } from '../errors.ts';
import type { FileMeta } from '../metadata/file-meta.ts';

/** The record that a snapshot or timestamp has of a file. */
export function fileMetaOf(bytes: Uint8Array): FileMeta {
  const hashes = hashAlgorithms.map((algorithm) => [algorithm, toBase64(digest(algorithm, bytes))] as const);
  return { length: bytes.length, hashes: new Map(hashes) };
}

/**
 * Every known hash in the record must match, and there must be at least one (Notary 0.7.0).
 * The length is an upper bound of the download and is not compared.
 *
 * @throws NotaryError CHECKSUM_MISMATCH, CHECKSUM_MISSING
 */
export function checkHashes(bytes: Uint8Array, meta: FileMeta, name: string): void {
  let compared = 0;
  for (const algorithm of hashAlgorithms) {
    const expected = meta.hashes.get(algorithm);
    if (expected === undefined) continue;
    compared++;
    if (toBase64(digest(algorithm, bytes)) !== expected) {
      const hex = toHex(fromBase64(expected) ?? new Uint8Array());
      throw new NotaryError(
        'CHECKSUM_MISMATCH',
        `${algorithm} checksum for ${name} did not match: expected ${hex}`,
        {
          details: { name, algorithm, expected: hex },
        },
      );
    }
  }
  if (compared === 0) {
    throw new NotaryError(
      'CHECKSUM_MISSING',
      `no checksums for supported algorithms were provided for ${name}`,
      {
        details: { name },
      },
    );
  }
}

/** True when the bytes are those of the record. */
export function matches(bytes: Uint8Array, meta: FileMeta): boolean {
  const sha256 = meta.hashes.get('sha256');
  return sha256 !== undefined && toBase64(digest('sha256', bytes)) === sha256;
}

/** The sha256 of a record in hexadecimal: the part of a file's name on the server. */
export function sha256Hex(meta: FileMeta): string | undefined {
  const hash = meta.hashes.get('sha256');
  const bytes = hash === undefined ? undefined : fromBase64(hash);
  return bytes === undefined ? undefined : toHex(bytes);
}
