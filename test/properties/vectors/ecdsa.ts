/**
 * ECDSA with r and s side by side over SHA-256, as Notary has it, on one curve.
 *
 * Given a message, any point R and any s there is one public key under which (R.x, s) is a signature:
 * Q = (s*R - e*G) / r. So every extreme of r, s, u1 = e/s and u2 = r/s can be had.
 */

import { createHash } from 'node:crypto';
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { der } from '../../support/der.ts';
import { Random } from '../../support/seeded-random.ts';
import { flipped, inverse, mod, toBytes, toNumber, type Vector, wrongLengths } from './vector.ts';

type Point = WeierstrassPoint<bigint>;

export interface Curve {
  readonly name: string;
  readonly oid: Buffer;
  /** Bytes of a coordinate. */
  readonly length: number;
  readonly points: typeof p256.Point;
}

const p224 = weierstrass({
  p: 2n ** 224n - 2n ** 96n + 1n,
  n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  h: 1n,
  a: 2n ** 224n - 2n ** 96n - 2n,
  b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
  Gx: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
  Gy: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
});

const curve = (name: string, oid: string, length: number, points: typeof p256.Point): Curve => ({
  ...{ name, oid: Buffer.from(oid, 'hex'), length, points },
});

export const curves: readonly Curve[] = [
  curve('P-224', '06052b81040021', 28, p224),
  curve('P-256', '06082a8648ce3d030107', 32, p256.Point),
  curve('P-384', '06052b81040022', 48, p384.Point),
  curve('P-521', '06052b81040023', 66, p521.Point),
];

const ecPublicKey = Buffer.from('06072a8648ce3d0201', 'hex');

/** The entry of a public key on a curve. */
export function ecKey({ oid }: Pick<Curve, 'oid'>, point: Uint8Array): PublicKey {
  const spki = der(0x30, der(0x30, ecPublicKey, oid), der(0x03, Buffer.of(0), point));
  return { keyType: 'ecdsa', value: spki.toString('base64') };
}

/** Every bit pattern that scalar multiplication is known to stumble over. */
function extremes(n: bigint, length: number): readonly bigint[] {
  const bits = 8 * length;
  const patterns = ['55', 'aa', '0f', '00ff', '7fff', 'ffffffff00000000'];
  const repeated = patterns.map((pattern) => BigInt(`0x${pattern.repeat(length).slice(0, 2 * length)}`));
  const powers = [8, 16, 31, 32, 63, 64, 96, 127, 128, bits - 17].flatMap((bit) => [
    2n ** BigInt(bit) - 1n,
    2n ** BigInt(bit),
  ]);
  const ends = [1n, 2n, 3n, n - 1n, n - 2n, n - 3n, (n - 1n) / 2n, (n + 1n) / 2n, n / 3n];
  return [...ends, ...powers, ...repeated].map((value) => mod(value, n)).filter((value) => value > 0n);
}

class EcdsaVectors {
  readonly #curve: Curve;
  readonly #random: Random;
  readonly #found: Vector[] = [];
  readonly #n: bigint;
  readonly #p: bigint;

  constructor(on: Curve) {
    this.#curve = on;
    this.#random = new Random(`ECDSA ${on.name}`);
    this.#n = on.points.Fn.ORDER;
    this.#p = on.points.Fp.ORDER;
  }

  all(): readonly Vector[] {
    this.#plain();
    this.#extremeScalars();
    this.#extremePoints();
    this.#grid();
    this.#otherEncodings();
    return this.#found;
  }

  #scalar(): bigint {
    return mod(this.#random.bigint(this.#curve.length + 8), this.#n - 1n) + 1n;
  }

  #message(): Buffer {
    return this.#random.bytes(this.#random.pick([0, 1, 31, 32, 33, 64, 119, 200]));
  }

  /** SHA-256 as a number of at most as many bits as the order. */
  #hash(message: Uint8Array, algorithm = 'sha256'): bigint {
    const hash = toNumber(createHash(algorithm).update(message).digest());
    const size = 8 * createHash(algorithm).digest().length;
    const bits = this.#n.toString(2).length;
    return size > bits ? hash >> BigInt(size - bits) : hash;
  }

  #times(scalar: bigint): Point {
    return this.#curve.points.BASE.multiplyUnsafe(scalar);
  }

  #entry(point: Point): PublicKey {
    return ecKey(this.#curve, point.toBytes(false));
  }

  #raw(r: bigint, s: bigint): Buffer {
    const { length } = this.#curve;
    return Buffer.concat([toBytes(r, length), toBytes(s, length)]);
  }

  #add(
    name: string,
    valid: boolean,
    entry: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
    method = 'ecdsa',
  ) {
    this.#found.push({ name: `${this.#curve.name}: ${name}`, entry, method, message, signature, valid });
  }

  /** A signature by the key d with the nonce k. */
  #sign(d: bigint, k: bigint, message: Uint8Array, hash = this.#hash(message)) {
    const r = mod(this.#times(k).toAffine().x, this.#n);
    return { r, s: mod(inverse(k, this.#n) * (hash + r * d), this.#n) };
  }

  /** The key under which (R.x, s) signs the message. */
  #keyFor(message: Uint8Array, point: Point, s: bigint): { entry: PublicKey; r: bigint } {
    const r = mod(point.toAffine().x, this.#n);
    const back = inverse(r, this.#n);
    const e = this.#hash(message);
    const key = point.multiplyUnsafe(mod(s * back, this.#n)).add(this.#times(mod(-e * back, this.#n)));
    return { entry: this.#entry(key), r };
  }

  /** Both of the signatures that are as good as each other. */
  #both(name: string, entry: PublicKey, message: Uint8Array, r: bigint, s: bigint): void {
    this.#add(name, true, entry, message, this.#raw(r, s));
    this.#add(`${name}, s negated`, true, entry, message, this.#raw(r, this.#n - s));
  }

  #plain(): void {
    for (let count = 0; count < 20; count++) {
      const [d, k, message] = [this.#scalar(), this.#scalar(), this.#message()];
      const { r, s } = this.#sign(d, k, message);
      const entry = this.#entry(this.#times(d));
      this.#both('any key and nonce', entry, message, r, s);
      const good = this.#raw(r, s);
      this.#add('one bit off', false, entry, message, flipped(good, this.#random.below(8 * good.length)));
      this.#add('of another message', false, entry, Buffer.concat([message, Buffer.of(0)]), good);
    }
    for (const algorithm of ['sha1', 'sha224', 'sha384', 'sha512']) {
      const [d, message] = [this.#scalar(), this.#message()];
      const { r, s } = this.#sign(d, this.#scalar(), message, this.#hash(message, algorithm));
      this.#add(`over ${algorithm}`, false, this.#entry(this.#times(d)), message, this.#raw(r, s));
    }
    for (const first of [Buffer.of(0, 0), Buffer.of(0xff, 0xff)]) {
      const message = this.#messageWithHash(first);
      const d = this.#scalar();
      const { r, s } = this.#sign(d, this.#scalar(), message);
      this.#both(
        `a hash that begins with ${first.toString('hex')}`,
        this.#entry(this.#times(d)),
        message,
        r,
        s,
      );
    }
  }

  #messageWithHash(first: Buffer): Buffer {
    for (let number = 0; ; number++) {
      const message = Buffer.from(String(number));
      if (createHash('sha256').update(message).digest().subarray(0, 2).equals(first)) return message;
    }
  }

  #extremeScalars(): void {
    const n = this.#n;
    const values = extremes(n, this.#curve.length);
    for (const [at, value] of values.entries()) {
      const message = this.#message();
      const e = this.#hash(message);
      const point = this.#times(this.#scalar());
      const r = mod(point.toAffine().x, n);
      const cases: readonly (readonly [string, bigint])[] = [
        ['u1', mod(e * inverse(value, n), n)],
        ['u2', mod(r * inverse(value, n), n)],
        ['s', value],
      ];
      for (const [what, s] of cases) {
        const { entry } = this.#keyFor(message, point, s);
        this.#both(`${what} is extreme ${at}`, entry, message, r, s);
        if (s + n < 2n ** BigInt(8 * this.#curve.length))
          this.#add(`s not reduced, ${what} ${at}`, false, entry, message, this.#raw(r, s + n));
      }
    }
    for (const d of [1n, 2n, 3n, n - 1n, n - 2n]) {
      const message = this.#message();
      const { r, s } = this.#sign(d, this.#scalar(), message);
      this.#both('an extreme private key', this.#entry(this.#times(d)), message, r, s);
    }
  }

  #extremePoints(): void {
    const n = this.#n;
    for (const k of [1n, 2n, 3n, 5n, 2n ** 64n, n - 1n, n - 2n]) {
      const [d, message] = [this.#scalar(), this.#message()];
      const { r, s } = this.#sign(d, k, message);
      this.#both('an extreme nonce', this.#entry(this.#times(d)), message, r, s);
    }
    for (const [what, from, step] of [
      ['small r', 1n, 1n],
      ['r beyond the order', n, 1n],
      ['the largest r', this.#p - 1n, -1n],
    ] as const) {
      for (const point of this.#pointsFrom(from, step, 5)) {
        const message = this.#message();
        const s = this.#scalar();
        const { entry, r } = this.#keyFor(message, point, s);
        if (r === 0n) continue;
        const { x, y } = point.toAffine();
        this.#both(what, entry, message, r, s);
        this.#add(`${what}, y in its place`, false, entry, message, this.#raw(y, s));
        if (x >= n) this.#add(`${what}, not reduced`, false, entry, message, this.#raw(x, s));
        if (r + n !== x && r + n < 2n ** BigInt(8 * this.#curve.length))
          this.#add(`${what}, the order added`, false, entry, message, this.#raw(r + n, s));
      }
    }
    for (let count = 0; count < 5; count++) {
      const message = this.#message();
      const k = this.#scalar();
      const r = mod(this.#times(k).toAffine().x, n);
      const d = mod(this.#hash(message) * inverse(r, n), n);
      const s = mod(2n * this.#hash(message) * inverse(k, n), n);
      this.#both('both halves of the sum are the same point', this.#entry(this.#times(d)), message, r, s);
      const opposite = this.#entry(this.#times(n - d));
      this.#add('the sum is no point at all', false, opposite, message, this.#raw(r, s));
      this.#add('the sum is no point at all, any s', false, opposite, message, this.#raw(r, this.#scalar()));
    }
  }

  /** Points of the curve with the next x coordinates. */
  #pointsFrom(first: bigint, step: bigint, count: number): readonly Point[] {
    const found: Point[] = [];
    const prefix = Buffer.of(2);
    for (let x = first; found.length < count; x += step) {
      try {
        found.push(this.#curve.points.fromBytes(Buffer.concat([prefix, toBytes(x, this.#curve.length)])));
      } catch {
        continue; // no point of the curve has this x
      }
    }
    return found;
  }

  /** Every pair of numbers that a careless verifier may take for zero, one or infinity. */
  #grid(): void {
    const [n, p, top] = [this.#n, this.#p, 2n ** BigInt(8 * this.#curve.length) - 1n];
    const values = [0n, 1n, 2n, n - 2n, n - 1n, n, n + 1n, p - 1n, p, top];
    const entry = this.#entry(this.#times(this.#scalar()));
    const message = this.#message();
    for (const [left, r] of values.entries()) {
      for (const [right, s] of values.entries())
        this.#add(`fixed numbers ${left} and ${right}`, false, entry, message, this.#raw(r, s));
    }
  }

  #otherEncodings(): void {
    const n = this.#n;
    const [d, message] = [this.#scalar(), this.#message()];
    const { r, s } = this.#sign(d, this.#scalar(), message);
    const entry = this.#entry(this.#times(d));
    const changed: readonly (readonly [string, bigint, bigint])[] = [
      ['exchanged', s, r],
      ['r negated', n - r, s],
      ['both negated', n - r, n - s],
      ['r inverted', inverse(r, n), s],
      ['s inverted', r, inverse(s, n)],
      ['r one more', mod(r + 1n, n), s],
      ['s one more', r, mod(s + 1n, n)],
      ['s doubled', r, mod(2n * s, n)],
      ['both doubled', mod(2n * r, n), mod(2n * s, n)],
      ['r twice', r, r],
      ['s twice', s, s],
    ];
    for (const [name, left, right] of changed) this.#add(name, false, entry, message, this.#raw(left, right));
    for (const [name, bytes] of wrongLengths(this.#raw(r, s))) this.#add(name, false, entry, message, bytes);
    const { length } = this.#curve;
    const integer = (value: bigint) => {
      const bytes = toBytes(value, length + 1);
      const start = bytes.findIndex((byte, at) => byte !== 0 || (bytes[at + 1] ?? 0xff) >= 0x80);
      return der(0x02, bytes.subarray(start));
    };
    this.#add('in DER', false, entry, message, der(0x30, integer(r), integer(s)));
    const short = this.#keyFor(message, this.#times(this.#scalar()), 5n);
    this.#add(
      'without the zeros of s',
      false,
      short.entry,
      message,
      Buffer.concat([toBytes(short.r, length), Buffer.of(5)]),
    );
    for (const method of [
      'rsapss',
      'rsapkcs1v15',
      'eddsa',
      'ed25519',
      'ecdsa-sha256',
      'ECDSA',
      'ecdsa\0',
      '',
    ])
      this.#add(`called ${JSON.stringify(method)}`, false, entry, message, this.#raw(r, s), method);
    const stranger = this.#entry(this.#times(this.#scalar()));
    this.#add("under a stranger's key", false, stranger, message, this.#raw(r, s));
    const negated = this.#entry(this.#times(n - d));
    this.#add('under the opposite key', false, negated, message, this.#raw(r, s));
  }
}

/** All vectors of one curve. */
export function ecdsaVectors(on: Curve): readonly Vector[] {
  return new EcdsaVectors(on).all();
}
