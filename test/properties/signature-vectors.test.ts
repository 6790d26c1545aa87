/**
 * Thousands of signatures, good and bad, before both implementations. A directory with a checkout of
 * github.com/C2SP/wycheproof in `TSNOTARY_WYCHEPROOF` adds the vectors of that project.
 */

import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../src/crypto/signatures/verify-independently.ts';
import { curves, ecdsaVectors } from './vectors/ecdsa.ts';
import { ed25519Vectors } from './vectors/ed25519.ts';
import { cubeRootForgeries, rsaVectors } from './vectors/rsa.ts';
import type { Vector } from './vectors/vector.ts';
import { wycheproofVectors } from './vectors/wycheproof.ts';

interface VectorSet {
  readonly name: string;
  /** How many of them there are at least, good and bad: a set that has run dry proves nothing. */
  readonly good: number;
  readonly bad: number;
  readonly make: () => readonly Vector[];
}

const folder = process.env['TSNOTARY_WYCHEPROOF'];

const sets: readonly VectorSet[] = [
  ...curves.map((curve) => ({
    ...{ name: `ECDSA on ${curve.name}`, good: 300, bad: 200, make: () => ecdsaVectors(curve) },
  })),
  { name: 'RSA', good: 120, bad: 1000, make: rsaVectors },
  { name: 'RSA with the exponent 3', good: 0, bad: 30, make: cubeRootForgeries },
  { name: 'Ed25519', good: 70, bad: 450, make: ed25519Vectors },
  ...(folder === undefined
    ? []
    : [{ name: 'Wycheproof', good: 600, bad: 900, make: () => wycheproofVectors(folder) }]),
];

/** Those on which an implementation is wrong. */
function wrong(vectors: readonly Vector[], verify: typeof verifySignature): readonly string[] {
  return vectors.flatMap(({ name, entry, method, message, signature, valid }, at) =>
    verify(entry, method, message, signature) === valid ? [] : [`${at} ${name}`],
  );
}

describe('G10 signatures whose verdict is known from how they were made', () => {
  it.each(
    sets.map((set) => [`${set.name}, at least ${set.good} good ones and ${set.bad} bad ones`, set] as const),
  )('both implementations are right about each signature of the set %s', (_, set) => {
    const vectors = set.make();
    const good = vectors.filter(({ valid }) => valid).length;
    expect(good).toBeGreaterThanOrEqual(set.good);
    expect(vectors.length - good).toBeGreaterThanOrEqual(set.bad);
    expect(wrong(vectors, verifySignature)).toEqual([]);
    expect(wrong(vectors, verifySecondOpinion)).toEqual([]);
  });
});
