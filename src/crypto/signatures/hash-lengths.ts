/** States how long hashes are; apart from what computes them, for callers that only look at one. */

export const hashAlgorithms = ['sha256', 'sha512'] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

/** Bytes; in hexadecimal a hash has twice as many digits. */
export const hashLengths: Readonly<Record<HashAlgorithm, number>> = { sha256: 32, sha512: 64 };
