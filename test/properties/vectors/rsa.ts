/**
 * RSA signatures whose encoded message is written by hand (RFC 8017, 9.1 and 9.2) and put under the private
 * key without any padding of a library's: right ones, and each way of being nearly right.
 */

import {
  checkPrimeSync,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { der } from '../../support/der.ts';
import { fixture } from '../../support/fixture-files.ts';
import { Random } from '../../support/seeded-random.ts';
import { flipped, inverse, toBytes, toNumber, type Vector, wrongLengths } from './vector.ts';

const hash = (algorithm: string, ...parts: readonly Uint8Array[]): Buffer =>
  createHash(algorithm).update(Buffer.concat(parts)).digest();

const base64url = (value: bigint): string => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
};

const smallPrimes = Array.from({ length: 3000 }, (_, at) => at + 3).filter((value) =>
  Array.from({ length: Math.floor(Math.sqrt(value)) - 1 }, (_, at) => at + 2).every(
    (factor) => value % factor !== 0,
  ),
);

/** A prime whose two highest bits are set. */
function primeFrom(random: Random, bits: number, exponent: bigint): bigint {
  const start = random.bigint(Math.ceil(bits / 8)) % 2n ** BigInt(bits - 2);
  const first = 3n * 2n ** BigInt(bits - 2) + (start | 1n);
  const rests = smallPrimes.map((prime) => Number(first % BigInt(prime)));
  for (let step = 0; ; step += 2) {
    if (smallPrimes.some((prime, at) => ((rests[at] ?? 0) + step) % prime === 0)) continue;
    const candidate = first + BigInt(step);
    if ((candidate - 1n) % exponent !== 0n && checkPrimeSync(candidate)) return candidate;
  }
}

/** A private key that is the same on every run with the same seed. */
function rsaKey(bits: number): KeyObject {
  const exponent = 65537n;
  const random = new Random(`RSA of ${bits} bits`);
  const p = primeFrom(random, Math.ceil(bits / 2), exponent);
  const q = primeFrom(random, Math.floor(bits / 2), exponent);
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(numbers).map(([part, value]) => [part, base64url(value)]));
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

function rsaEntry(key: KeyObject): PublicKey {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return { keyType: 'rsa', value: spki.toString('base64') };
}

function mask(seedBytes: Uint8Array, length: number, algorithm: string): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; 32 * blocks.length < length + 32; counter++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    blocks.push(hash(algorithm, seedBytes, number));
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (left: Uint8Array, right: Uint8Array): Buffer =>
  Buffer.from(left.map((byte, at) => byte ^ (right[at] ?? 0)));

interface PssForm {
  readonly salt: Buffer;
  readonly algorithm?: string;
  readonly mask?: string;
  readonly trailer?: number;
  /** Written over the zeros, the 1 and the salt before they are masked. */
  readonly block?: (block: Buffer) => Buffer;
  readonly hash?: (hashed: Buffer) => Buffer;
  /** Leaves the bits above the length of the message as the mask has them. */
  readonly unmaskedTop?: boolean;
}

const pkcs1Oids: Readonly<Record<string, readonly [oid: string, algorithm: string]>> = {
  MD5: ['2a864886f70d0205', 'md5'],
  'SHA-1': ['2b0e03021a', 'sha1'],
  'SHA-224': ['608648016503040204', 'sha224'],
  'SHA-384': ['608648016503040202', 'sha384'],
  'SHA-512': ['608648016503040203', 'sha512'],
  'SHA-512/256': ['608648016503040206', 'sha512-256'],
  'SHA3-256': ['608648016503040208', 'sha3-256'],
};

const sha256Oid = Buffer.from('608648016503040201', 'hex');
const nothing: Buffer = Buffer.alloc(0);

class RsaVectors {
  readonly #name: string;
  readonly #key: KeyObject;
  readonly #entry: PublicKey;
  readonly #modulus: bigint;
  readonly #length: number;
  readonly #random: Random;
  readonly #found: Vector[] = [];

  constructor(name: string, key: KeyObject) {
    this.#name = name;
    this.#key = key;
    this.#entry = rsaEntry(key);
    this.#modulus = toNumber(
      Buffer.from(createPublicKey(key).export({ format: 'jwk' }).n ?? '', 'base64url'),
    );
    this.#length = Math.ceil(this.#modulus.toString(2).length / 8);
    this.#random = new Random(`signatures of ${name}`);
  }

  all(): readonly Vector[] {
    this.#pss();
    this.#pssDamaged();
    this.#pkcs1();
    for (const method of ['rsapss', 'rsapkcs1v15']) this.#shared(method);
    return this.#found;
  }

  #add(name: string, valid: boolean, method: string, message: Uint8Array, signature: Uint8Array): void {
    this.#found.push({
      ...{ name: `${this.#name}, ${method}: ${name}`, entry: this.#entry, method, message, signature, valid },
    });
  }

  #message(): Buffer {
    return this.#random.bytes(this.#random.pick([0, 1, 32, 63, 64, 65, 300]));
  }

  #raise(block: Uint8Array): Buffer {
    return privateDecrypt({ key: this.#key, padding: constants.RSA_NO_PADDING }, block);
  }

  /** EMSA-PSS, with anything in it that differs. */
  #pssBlock(message: Uint8Array, form: PssForm): Buffer {
    const { salt, algorithm = 'sha256', trailer = 0xbc } = form;
    const bits = this.#modulus.toString(2).length - 1;
    const length = Math.ceil(bits / 8);
    const own = hash(algorithm, Buffer.alloc(8), hash(algorithm, message), salt);
    const hashed = form.hash?.(own) ?? own;
    const padding = Buffer.alloc(length - salt.length - hashed.length - 2);
    const plain = Buffer.concat([padding, Buffer.of(1), salt]);
    const block = form.block?.(plain) ?? plain;
    const masked = xor(block, mask(hashed, block.length, form.mask ?? algorithm));
    if (form.unmaskedTop !== true) masked.writeUInt8(masked.readUInt8(0) & (0xff >> (8 * length - bits)), 0);
    const encoded = Buffer.concat([masked, hashed, Buffer.of(trailer)]);
    return Buffer.concat([Buffer.alloc(this.#length - length), encoded]);
  }

  #addPss(name: string, valid: boolean, form: PssForm, message: Uint8Array = this.#message()): void {
    this.#add(name, valid, 'rsapss', message, this.#raise(this.#pssBlock(message, form)));
  }

  #pss(): void {
    for (let count = 0; count < 12; count++)
      this.#addPss('a salt of 32 bytes', true, { salt: this.#random.bytes(32) });
    for (const byte of [0x00, 0x01, 0xff])
      this.#addPss(`a salt of ${byte}`, true, { salt: Buffer.alloc(32, byte) });
    const most = Math.ceil((this.#modulus.toString(2).length - 1) / 8) - 34;
    for (const length of [0, 1, 8, 16, 20, 28, 30, 31, 33, 34, 40, 48, 64, 100, most - 1, most])
      this.#addPss(`a salt of ${length} bytes`, false, { salt: this.#random.bytes(length) });
    for (const algorithm of ['md5', 'sha1', 'sha224', 'sha384', 'sha512', 'sha512-256', 'sha3-256']) {
      const salt = this.#random.bytes(32);
      this.#addPss(`over ${algorithm}`, false, { salt, algorithm });
      this.#addPss(`over ${algorithm}, mask of SHA-256`, false, { salt, algorithm, mask: 'sha256' });
      this.#addPss(`mask of ${algorithm}`, false, { salt, mask: algorithm });
      this.#addPss(`over ${algorithm}, a salt as long as it`, false, {
        ...{ algorithm, salt: this.#random.bytes(createHash(algorithm).digest().length) },
        ...(algorithm === 'sha512-256' || algorithm === 'sha3-256' ? { mask: 'sha256' } : {}),
      });
    }
  }

  #pssDamaged(): void {
    const salt = this.#random.bytes(32);
    for (const trailer of [0x00, 0xbb, 0xbd, 0xcc, 0x3c, 0xff])
      this.#addPss(`the trailer ${trailer}`, false, { salt, trailer });
    const separator = (block: Buffer) => block.length - 33;
    const edits: readonly (readonly [string, (block: Buffer) => Buffer])[] = [
      ['a bit in the first zero', (block) => flipped(block, 0)],
      ['a bit in the last zero', (block) => flipped(block, 8 * (separator(block) - 1))],
      [
        'ones for zeros',
        (block) => Buffer.concat([Buffer.alloc(separator(block), 0xff), block.subarray(-33)]),
      ],
      ['no 1', (block) => flipped(block, 8 * separator(block))],
      ['2 for the 1', (block) => Buffer.concat([block.subarray(0, -33), Buffer.of(2), block.subarray(-32)])],
      ['all zero', (block) => Buffer.alloc(block.length)],
      ['all ones', (block) => Buffer.alloc(block.length, 0xff)],
      ['another salt', (block) => flipped(block, 8 * block.length - 1)],
    ];
    for (const [name, block] of edits) this.#addPss(name, false, { salt, block });
    for (const bit of [0, 7, 100, 128, 200, 255])
      this.#addPss(`bit ${bit} of the hash`, false, { salt, hash: (hashed) => flipped(hashed, bit) });
    this.#addPss('no hash', false, { salt, hash: (hashed) => Buffer.alloc(hashed.length) });
    this.#addPss('the hash of another message', false, { salt, hash: (hashed) => hash('sha256', hashed) });
  }

  /** EMSA-PKCS1-v1_5 around anything. */
  #pkcs1Block(
    info: Buffer,
    behind = nothing,
    start: Buffer = Buffer.of(0, 1),
    filler = 0xff,
    end: Buffer = Buffer.of(0),
  ): Buffer {
    const rest = this.#length - start.length - end.length - info.length - behind.length;
    return Buffer.concat([start, Buffer.alloc(rest, filler), end, info, behind]);
  }

  #pkcs1(): void {
    const good = (message: Buffer) => digestInfo(sha256Oid, hash('sha256', message));
    const add = (name: string, valid: boolean, block: (message: Buffer) => Buffer) => {
      const message = this.#message();
      const encoded = block(message);
      // Some wrong blocks are numbers beyond a modulus that does not fill its bytes.
      if (valid || toNumber(encoded) < this.#modulus)
        this.#add(name, valid, 'rsapkcs1v15', message, this.#raise(encoded));
    };
    for (let count = 0; count < 12; count++)
      add('SHA-256', true, (message) => this.#pkcs1Block(good(message)));
    for (const [name, [oid, algorithm]] of Object.entries(pkcs1Oids)) {
      const bytes = Buffer.from(oid, 'hex');
      add(name, false, (message) => this.#pkcs1Block(digestInfo(bytes, hash(algorithm, message))));
      add(`SHA-256 called ${name}`, false, (message) =>
        this.#pkcs1Block(digestInfo(bytes, hash('sha256', message))),
      );
      add(`${name} called SHA-256`, false, (message) =>
        this.#pkcs1Block(digestInfo(sha256Oid, hash(algorithm, message))),
      );
    }
    for (const [name, info] of wrongInfos)
      add(name, false, (message) => this.#pkcs1Block(info(hash('sha256', message))));
    for (let byte = 0; byte < 19; byte++) {
      add(`bit off in byte ${byte} of the header`, false, (message) =>
        this.#pkcs1Block(flipped(good(message), 8 * byte + (byte % 8))),
      );
    }
    for (const length of [1, 2, 32, 100, this.#length - 51 - 3])
      add(`${length} bytes behind the hash`, false, (message) =>
        this.#pkcs1Block(good(message), this.#random.bytes(length)),
      );
    for (const [start, filler, end] of [
      ['0000', 0xff, '00'],
      ['0002', 0xff, '00'],
      ['0101', 0xff, '00'],
      ['01', 0xff, '00'],
      ['0001', 0x00, '00'],
      ['0001', 0x01, '00'],
      ['0001', 0xfe, '00'],
      ['0001', 0xff, ''],
      ['0001', 0xff, 'ff'],
      ['0001', 0xff, '01'],
      ['0001', 0xff, '0000'],
      ['000100', 0xff, '00'],
      ['0001fe', 0xff, '00'],
      ['0001', 0xff, '7f00'],
    ] as const) {
      add(`padding ${start} ${filler} ${end}`, false, (message) =>
        this.#pkcs1Block(good(message), nothing, Buffer.from(start, 'hex'), filler, Buffer.from(end, 'hex')),
      );
    }
  }

  /** What is wrong with any method. */
  #shared(method: string): void {
    const encode = (message: Buffer) =>
      method === 'rsapss'
        ? this.#pssBlock(message, { salt: hash('sha256', message, message) })
        : this.#pkcs1Block(digestInfo(sha256Oid, hash('sha256', message)));
    const message = this.#message();
    const good = this.#raise(encode(message));
    this.#add('sound', true, method, message, good);
    for (const [name, bytes] of wrongLengths(good)) this.#add(name, false, method, message, bytes);
    for (let count = 0; count < 16; count++) {
      this.#add('one bit off', false, method, message, flipped(good, this.#random.below(8 * good.length)));
      this.#add('of another message', false, method, Buffer.concat([message, Buffer.of(count)]), good);
    }
    const [n, s] = [this.#modulus, toNumber(good)];
    for (const [name, value] of [
      ['0', 0n],
      ['1', 1n],
      ['2', 2n],
      ['the modulus less 1', n - 1n],
      ['the modulus', n],
      ['the modulus and 1', n + 1n],
      ['negated', n - s],
      ['not reduced', s + n],
      ['ones', 2n ** BigInt(8 * this.#length) - 1n],
    ] as const) {
      if (value < 2n ** BigInt(8 * this.#length))
        this.#add(name, false, method, message, toBytes(value, this.#length));
    }
    this.#add('the block itself', false, method, message, encode(message));
    for (const other of ['rsapss', 'rsapkcs1v15', 'ecdsa', 'eddsa', 'RSAPSS', 'rsa', `${method}\0`, ''])
      if (other !== method) this.#add(`made for ${method}`, false, other, message, good);
    if (this.#length < 300) this.#leadingZeros(method, encode);
  }

  /** Signatures that begin with zeros, which a number has no need of and a signature has. */
  #leadingZeros(method: string, encode: (message: Buffer) => Buffer): void {
    for (let number = 0, found = 0; found < 2; number++) {
      const message = Buffer.from(`message ${number}`);
      const signature = this.#raise(encode(message));
      if (signature[0] !== 0) continue;
      found++;
      this.#add('with a zero in front', true, method, message, signature);
      this.#add('without the zero in front', false, method, message, signature.subarray(1));
      this.#add(
        'with the zero behind',
        false,
        method,
        message,
        Buffer.concat([signature.subarray(1), Buffer.of(0)]),
      );
    }
  }
}

function digestInfo(oid: Buffer, hashed: Buffer, parameters: Buffer = Buffer.of(5, 0)): Buffer {
  return der(0x30, der(0x30, der(0x06, oid), parameters), der(0x04, hashed));
}

const algorithm = (...parameters: readonly Buffer[]) => der(0x30, der(0x06, sha256Oid), ...parameters);

/** Ways to write the hash that mean the same, or nearly, to a reader that is not strict. */
const wrongInfos: readonly (readonly [string, (hashed: Buffer) => Buffer])[] = [
  ['no null', (hashed) => digestInfo(sha256Oid, hashed, nothing)],
  ['two nulls', (hashed) => digestInfo(sha256Oid, hashed, Buffer.of(5, 0, 5, 0))],
  ['a null with content', (hashed) => digestInfo(sha256Oid, hashed, Buffer.of(5, 1, 0))],
  ['a null in long form', (hashed) => digestInfo(sha256Oid, hashed, Buffer.of(5, 0x81, 0))],
  ['an empty list for null', (hashed) => digestInfo(sha256Oid, hashed, Buffer.of(0x30, 0))],
  ['garbage in the parameters', (hashed) => digestInfo(sha256Oid, hashed, der(0x04, Buffer.alloc(20, 7)))],
  ['the hash alone', (hashed) => hashed],
  ['the hash in an octet string alone', (hashed) => der(0x04, hashed)],
  ['an empty list', () => der(0x30)],
  ['no hash', () => digestInfo(sha256Oid, nothing)],
  ['half of the hash', (hashed) => digestInfo(sha256Oid, hashed.subarray(0, 16))],
  ['a zero behind the hash', (hashed) => digestInfo(sha256Oid, Buffer.concat([hashed, Buffer.of(0)]))],
  ['a zero in front of the hash', (hashed) => digestInfo(sha256Oid, Buffer.concat([Buffer.of(0), hashed]))],
  [
    'the hash as a bit string',
    (hashed) => der(0x30, algorithm(Buffer.of(5, 0)), der(0x03, Buffer.of(0), hashed)),
  ],
  ['a third member', (hashed) => der(0x30, algorithm(Buffer.of(5, 0)), der(0x04, hashed), Buffer.of(5, 0))],
  ['hash first', (hashed) => der(0x30, der(0x04, hashed), algorithm(Buffer.of(5, 0)))],
  ['a set for the list', (hashed) => der(0x31, algorithm(Buffer.of(5, 0)), der(0x04, hashed))],
  [
    'the length in long form',
    (hashed) => Buffer.concat([Buffer.of(0x30, 0x81, 0x31), digestInfo(sha256Oid, hashed).subarray(2)]),
  ],
  [
    'no length',
    (hashed) =>
      Buffer.concat([Buffer.of(0x30, 0x80), digestInfo(sha256Oid, hashed).subarray(2), Buffer.of(0, 0)]),
  ],
  ['the hash in hexadecimal', (hashed) => digestInfo(sha256Oid, Buffer.from(hashed.toString('hex')))],
  ['the wrong end first', (hashed) => digestInfo(sha256Oid, Buffer.from(hashed).reverse())],
];

/** All vectors of four keys; the last has a bit more than fills its bytes. */
export function rsaVectors(): readonly Vector[] {
  const keys: readonly (readonly [string, KeyObject])[] = [
    ['RSA 2048', createPrivateKey(fixture('keys/rsa2048.pem'))],
    ['RSA 3072', createPrivateKey(fixture('keys/rsa3072.pem'))],
    ['RSA 4096', rsaKey(4096)],
    ['RSA 2049', rsaKey(2049)],
  ];
  return keys.flatMap(([name, key]) => new RsaVectors(name, key).all());
}

/** A public key with the exponent 3 whose private half nobody knows. */
function anyModulus(bits: number): PublicKey {
  const modulus = new Random('moduli', bits).bigint(bits / 8) | (1n << BigInt(bits - 1)) | 1n;
  const jwk = { kty: 'RSA', n: base64url(modulus), e: base64url(3n) };
  return rsaEntry(createPublicKey({ key: jwk, format: 'jwk' }));
}

/** The cube root, rounded up. */
function cubeRoot(value: bigint): bigint {
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1);
  for (let low = 0n; low < high; ) {
    const middle = (low + high) / 2n;
    if (middle ** 3n < value) low = middle + 1n;
    else high = middle;
  }
  return high;
}

/**
 * Signatures without a private key, for a public exponent of 3: the cube root of a block whose end or middle
 * nobody looks at. They fool whoever does not compare the whole block.
 */
export function cubeRootForgeries(): readonly Vector[] {
  return [2048, 3072, 4096].flatMap((bits) => {
    const entry = anyModulus(bits);
    const message = Buffer.from(`forged under ${bits} bits`);
    const length = bits / 8;
    const info = digestInfo(sha256Oid, hash('sha256', message));
    const starts: readonly (readonly [string, Buffer])[] = [
      ['eight bytes of padding', Buffer.concat([Buffer.of(0, 1), Buffer.alloc(8, 0xff), Buffer.of(0), info])],
      ['one byte of padding', Buffer.concat([Buffer.of(0, 1, 0xff, 0), info])],
      ['no padding', Buffer.concat([Buffer.of(0, 1, 0), info])],
      [
        'no null',
        Buffer.concat([Buffer.of(0, 1, 0xff, 0), digestInfo(sha256Oid, hash('sha256', message), nothing)]),
      ],
      ['the hash alone', Buffer.concat([Buffer.of(0, 1, 0xff, 0), hash('sha256', message)])],
    ];
    return starts.flatMap(([name, start]) => {
      const block = Buffer.concat([start, Buffer.alloc(length - start.length)]);
      const signature = toBytes(cubeRoot(toNumber(block)), length);
      return ['rsapkcs1v15', 'rsapss'].map((method) => ({
        ...{
          name: `forged with the exponent 3 (${bits}): ${name}`,
          entry,
          method,
          message,
          signature,
          valid: false,
        },
      }));
    });
  });
}
