/**
 * Ed25519 as Go and OpenSSL judge it: S below the order, and R = S*B - k*A to the byte (RFC 8032, 5.1.7,
 * without the cofactor). Keys and nonces may be off by a point of small order; then the verdict depends on
 * k, which is known here.
 */

import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { Random } from '../../support/seeded-random.ts';
import { flipped, mod, toNumber, type Vector, wrongLengths } from './vector.ts';

const { Point } = ed25519;
type EdPoint = typeof Point.BASE;
const order = Point.Fn.ORDER;

const little = (bytes: Uint8Array): bigint => toNumber(Buffer.from(bytes).reverse());
const littleBytes = (value: bigint): Buffer =>
  Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const keyOf = (raw: Uint8Array): PublicKey => ({
  keyType: 'ed25519',
  value: Buffer.from(raw).toString('base64'),
});
/** Reduced before it is multiplied with the key, which matters where the key is off by a point of small order. */
const challenge = (r: Uint8Array, raw: Uint8Array, message: Uint8Array): bigint =>
  little(createHash('sha512').update(r).update(raw).update(message).digest()) % order;

/** The eight points of small order: multiples of one of order 8. */
const eighth = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
const torsion: readonly EdPoint[] = Array.from({ length: 8 }, (_, times) =>
  eighth.multiplyUnsafe(BigInt(times)),
);

class Ed25519Vectors {
  readonly #random = new Random('Ed25519');
  readonly #found: Vector[] = [];

  all(): readonly Vector[] {
    this.#plain();
    this.#scalars();
    this.#mixedKeys();
    this.#mixedNonces();
    this.#badKeys();
    this.#badNonces();
    return this.#found;
  }

  #add(
    name: string,
    valid: boolean,
    raw: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
    method = 'eddsa',
  ) {
    this.#found.push({ name: `Ed25519: ${name}`, entry: keyOf(raw), method, message, signature, valid });
  }

  #scalar(): bigint {
    return mod(this.#random.bigint(40), order - 1n) + 1n;
  }

  #message(): Buffer {
    return this.#random.bytes(this.#random.pick([0, 1, 32, 64, 111, 200]));
  }

  /** Signs with any scalar, any nonce, any R and any encoding of the key. */
  #sign(a: bigint, nonce: bigint, r: Uint8Array, raw: Uint8Array, message: Uint8Array) {
    const k = challenge(r, raw, message);
    const s = mod(nonce + k * a, order);
    return { k, s, signature: Buffer.concat([r, littleBytes(s)]) };
  }

  #honest() {
    const [a, nonce, message] = [this.#scalar(), this.#scalar(), this.#message()];
    const raw = Point.BASE.multiplyUnsafe(a).toBytes();
    const r = Point.BASE.multiplyUnsafe(nonce).toBytes();
    return { a, nonce, message, raw, r, ...this.#sign(a, nonce, r, raw, message) };
  }

  #plain(): void {
    for (let count = 0; count < 40; count++) {
      const { raw, message, signature } = this.#honest();
      this.#add('any key, nonce and message', true, raw, message, signature);
      this.#add('one bit of R off', false, raw, message, flipped(signature, this.#random.below(256)));
      this.#add('one bit of S off', false, raw, message, flipped(signature, 256 + this.#random.below(256)));
      this.#add('of another message', false, raw, Buffer.concat([message, Buffer.of(0)]), signature);
    }
    const { raw, message, signature, r, s } = this.#honest();
    for (const [name, bytes] of wrongLengths(signature)) this.#add(name, false, raw, message, bytes);
    for (const method of ['ecdsa', 'rsapss', 'rsapkcs1v15', 'ed25519', 'EdDSA', 'ed25519ph', 'eddsa\0', ''])
      this.#add(`called ${JSON.stringify(method)}`, false, raw, message, signature, method);
    this.#add('halves exchanged', false, raw, message, Buffer.concat([littleBytes(s), r]));
    this.#add(
      'S most significant byte first',
      false,
      raw,
      message,
      Buffer.concat([r, littleBytes(s).reverse()]),
    );
    this.#add(
      'over SHA-512 of the message',
      false,
      raw,
      createHash('sha512').update(message).digest(),
      signature,
    );
    this.#add("under a stranger's key", false, this.#honest().raw, message, signature);
    this.#add('under the opposite key', false, flipped(raw, 255), message, signature);
  }

  #scalars(): void {
    for (let count = 0; count < 8; count++) {
      const { raw, message, r, s } = this.#honest();
      for (const times of [1n, 2n, 3n, 7n, 8n, 15n]) {
        const value = s + times * order;
        if (value < 2n ** 256n)
          this.#add(
            `S and ${times} times the order`,
            false,
            raw,
            message,
            Buffer.concat([r, littleBytes(value)]),
          );
      }
      for (const [name, value] of [
        ['0', 0n],
        ['1', 1n],
        ['the order', order],
        ['the order less 1', order - 1n],
        ['negated', mod(-s, order)],
        ['ones', 2n ** 256n - 1n],
        ['half of all ones', 2n ** 255n - 1n],
      ] as const)
        this.#add(`S is ${name}`, false, raw, message, Buffer.concat([r, littleBytes(value)]));
    }
    for (const a of [1n, 2n, order - 1n, order - 2n, 8n]) {
      for (const nonce of [1n, 2n, order - 1n, 2n ** 200n]) {
        const message = this.#message();
        const raw = Point.BASE.multiplyUnsafe(a).toBytes();
        const r = Point.BASE.multiplyUnsafe(nonce).toBytes();
        this.#add('extreme scalars', true, raw, message, this.#sign(a, nonce, r, raw, message).signature);
      }
    }
  }

  /** A key that is off by T: sound when k*T is nothing. */
  #mixedKeys(): void {
    for (let count = 0; count < 32; count++) {
      const off = torsion[1 + (count % 7)] ?? eighth;
      const [a, nonce, message] = [this.#scalar(), this.#scalar(), this.#message()];
      const raw = Point.BASE.multiplyUnsafe(a).add(off).toBytes();
      const r = Point.BASE.multiplyUnsafe(nonce).toBytes();
      const { k, signature } = this.#sign(a, nonce, r, raw, message);
      this.#add('a key of mixed order', off.multiplyUnsafe(k % 8n).is0(), raw, message, signature);
    }
  }

  /** An R that is off by T' under a key that is off by T: sound when T' = -k*T. */
  #mixedNonces(): void {
    for (let count = 0; count < 48; count++) {
      const offKey = torsion[count % 8] ?? eighth;
      const offNonce = torsion[this.#random.below(8)] ?? eighth;
      const [a, nonce, message] = [this.#scalar(), this.#scalar(), this.#message()];
      const raw = Point.BASE.multiplyUnsafe(a).add(offKey).toBytes();
      const r = Point.BASE.multiplyUnsafe(nonce).add(offNonce).toBytes();
      const { k, signature } = this.#sign(a, nonce, r, raw, message);
      const sound = offNonce.equals(offKey.multiplyUnsafe(k % 8n).negate());
      this.#add('a nonce of mixed order', sound, raw, message, signature);
    }
  }

  /** Under a key of small order whoever likes signs whatever they like. */
  #badKeys(): void {
    const encodings = torsion.flatMap((point) => {
      const raw = Buffer.from(point.toBytes());
      return [raw, flipped(raw, 255)];
    });
    const unreduced = Array.from({ length: 19 }, (_, above) => littleBytes(2n ** 255n - 19n + BigInt(above)));
    for (const raw of [...encodings, ...unreduced, ...unreduced.map((one) => flipped(one, 255))]) {
      for (const nonce of [0n, 1n, this.#scalar()]) {
        const message = this.#message();
        const r = nonce === 0n ? Point.ZERO.toBytes() : Point.BASE.multiplyUnsafe(nonce).toBytes();
        this.#add('a key that may not be used', false, raw, message, Buffer.concat([r, littleBytes(nonce)]));
      }
    }
    for (let y = 2n; y < 12n; y++) {
      const { message, signature } = this.#honest();
      this.#add('a key that nobody has, or that is no point', false, littleBytes(y), message, signature);
    }
  }

  #badNonces(): void {
    const { a, message, raw } = this.#honest();
    for (const point of torsion) {
      for (const r of [Buffer.from(point.toBytes()), flipped(point.toBytes(), 255)]) {
        // S = k*a answers for R = 0; for any other point of small order, and any other way to write it, not.
        const k = challenge(r, raw, message);
        const sound = r.equals(Point.ZERO.toBytes());
        this.#add(
          'R of small order',
          sound,
          raw,
          message,
          Buffer.concat([r, littleBytes(mod(k * a, order))]),
        );
      }
    }
    const unreducedZero = littleBytes(2n ** 255n - 19n + 1n);
    const k = challenge(unreducedZero, raw, message);
    this.#add(
      'R not reduced',
      false,
      raw,
      message,
      Buffer.concat([unreducedZero, littleBytes(mod(k * a, order))]),
    );
  }
}

export function ed25519Vectors(): readonly Vector[] {
  return new Ed25519Vectors().all();
}
