/** A signature with the verdict that follows from how it was made. */

import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';

export interface Vector {
  readonly name: string;
  readonly entry: PublicKey;
  readonly method: string;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

/** The remainder that is not negative. */
export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** `base ** exponent`, reduced. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = mod(base, modulus);
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The inverse in a ring where there is one. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [left, right] = [mod(value, modulus), modulus];
  let [here, there] = [1n, 0n];
  while (left > 1n) {
    const times = right / left;
    [left, right] = [right - times * left, left];
    [here, there] = [there - times * here, here];
  }
  return mod(here, modulus);
}

/** Most significant byte first; the value must fit. */
export function toBytes(value: bigint, length: number): Buffer {
  const hex = value.toString(16).padStart(2 * length, '0');
  if (hex.length !== 2 * length) throw new Error('the number does not fit');
  return Buffer.from(hex, 'hex');
}

export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x00${Buffer.from(bytes).toString('hex')}`);
}

/** The bytes with one bit turned over. */
export function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

/** The same bytes in lengths that they must not have. */
export function wrongLengths(bytes: Buffer): readonly (readonly [string, Buffer])[] {
  const zero = Buffer.of(0);
  return [
    ['nothing', Buffer.alloc(0)],
    ['one zero byte', zero],
    ['all but the last byte', bytes.subarray(0, -1)],
    ['all but the first byte', bytes.subarray(1)],
    ['half of it', bytes.subarray(0, bytes.length / 2)],
    ['a zero in front', Buffer.concat([zero, bytes])],
    ['a zero behind', Buffer.concat([bytes, zero])],
    ['twice over', Buffer.concat([bytes, bytes])],
    ['in hexadecimal', Buffer.from(bytes.toString('hex'))],
    ['in base64', Buffer.from(bytes.toString('base64'))],
  ];
}
