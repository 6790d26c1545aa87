import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readAnyPrivateKey } from '../../src/crypto/key-files/import-private-key.ts';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { type PrivateKey, privateKeyOf, sign } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId, certificateKey, usableKey } from '../../src/crypto/keys/verification-key.ts';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../src/crypto/signatures/verify-independently.ts';
import { encodePem, type PemBlock, parsePem } from '../../src/encoding/pem.ts';
import { isNotaryError } from '../../src/errors.ts';
import { fixture } from '../support/fixture-files.ts';
import { forCases, type Random, runs, share } from '../support/seeded-random.ts';

const message = Buffer.from('{"_type":"Targets"}');
const names = [
  'p224',
  'p256',
  'p384',
  'p521',
  'rsa2048',
  'rsa3072',
  'ed25519',
  'secp256k1',
  'rsa1024',
] as const;

const blockOf = (name: string): PemBlock => {
  const [block] = parsePem(fixture(name));
  if (block === undefined) throw new Error(`${name} has no block`);
  return block;
};

/** DER changed in a byte, a tag, a length, a number; cut, lengthened, or with a piece of it twice. */
function damaged(bytes: Uint8Array, random: Random): Buffer {
  const der = Buffer.from(bytes);
  const at = random.oneIn(2) ? random.below(Math.min(40, der.length)) : random.below(der.length);
  switch (random.below(8)) {
    case 0:
      return der.subarray(0, at);
    case 1:
      return Buffer.concat([der, random.bytes(1 + random.below(3))]);
    case 2:
      return Buffer.concat([der.subarray(0, at), random.bytes(1), der.subarray(at)]);
    case 3:
      return Buffer.concat([der.subarray(0, at), der.subarray(at + 1 + random.below(3))]);
    case 4:
      der.writeUInt8(
        random.pick([0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0, 0xff]),
        at,
      );
      return der;
    case 5:
      der.fill(random.pick([0x00, 0xff]), at, Math.min(der.length, at + 1 + random.below(32)));
      return der;
    default:
      der.writeUInt8(der.readUInt8(at) ^ (1 << random.below(8)), at);
      return der;
  }
}

/** The outcome, or undefined when it was refused as it should be. */
function attempt<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

interface Original {
  readonly name: string;
  readonly keyType: string;
  /** What is damaged, and what becomes of it in the entry. */
  readonly der: Uint8Array;
  readonly entry: (der: Uint8Array) => PublicKey;
  readonly method: string;
  readonly signature: Uint8Array;
}

function originals(name: (typeof names)[number]): readonly Original[] {
  const object = createPrivateKey(fixture(`keys/${name}.pem`));
  const keyType = name.startsWith('rsa') ? 'rsa' : name === 'ed25519' ? name : 'ecdsa';
  const signed = attempt(() => sign(privateKeyOf(object), message)) ?? {
    method: 'ecdsa',
    signature: Buffer.alloc(64, 1),
  };
  const spki = blockOf(`keys/${name}.pub.pem`).bytes;
  const bare: Original = {
    ...{ name, keyType, ...signed, der: keyType === 'ed25519' ? spki.subarray(12) : spki },
    entry: (der) => ({ keyType, value: Buffer.from(der).toString('base64') }),
  };
  if (keyType === 'ed25519') return [bare];
  const pem = (der: Uint8Array) =>
    Buffer.from(encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: der })).toString();
  const certified: Original = {
    ...{
      name: `${name} in a certificate`,
      keyType: `${keyType}-x509`,
      ...signed,
      der: blockOf(`certs/${name}.crt`).bytes,
    },
    entry: (der) => certificateKey(keyType === 'rsa' ? 'rsa' : 'ecdsa', pem(der)),
  };
  return [bare, certified];
}

describe('G10 random mutations of keys and certificates', () => {
  const all = names.flatMap(originals);
  const count = runs(6_000);

  it(`mutated keys (${count}) are refused by name, or are keys under which nothing verifies that should not`, () => {
    const outcomes = { usable: 0, refused: 0 };
    forCases('mutated public keys', count, (random) => {
      const { der, entry: entryOf, method, signature } = random.pick(all);
      const [good, entry] = [entryOf(der), entryOf(damaged(der, random))];
      const key = attempt(() => usableKey(entry));
      attempt(() => canonicalKeyId(entry));
      outcomes[key === undefined ? 'refused' : 'usable']++;
      const isTheSame = key !== undefined && attempt(() => usableKey(good))?.identity === key.identity;
      for (const verify of [verifySignature, verifySecondOpinion])
        if (verify(entry, method, message, signature) !== isTheSame)
          throw new Error(`verified under ${JSON.stringify(entry)}`);
    });
    expect(outcomes.refused).toBeGreaterThan(share(count, 1 / 4));
    expect(outcomes.usable).toBeGreaterThan(share(count, 1 / 20));
  });

  const privateFiles = [
    ...['p224', 'p256', 'p384', 'p521', 'rsa2048', 'ed25519', 'secp256k1'].map((name) => `keys/${name}.pem`),
    ...[
      'keys/p224.sec1.pem',
      'keys/p256.sec1.pem',
      'keys/p384.sec1.pem',
      'keys/p521.sec1.pem',
      'keys/rsa2048.pkcs1.pem',
    ],
  ].map(blockOf);
  const privateCount = runs(3_000);

  it(`mutated private keys (${privateCount}) are refused by name, or sign what their public half verifies`, () => {
    const outcomes = { usable: 0, refused: 0 };
    forCases('mutated private keys', privateCount, (random) => {
      const block = random.pick(privateFiles);
      const bytes = damaged(block.bytes, random);
      const read = random.oneIn(2)
        ? readPrivateKey
        : (one: PemBlock): PrivateKey => readAnyPrivateKey(one).key;
      const key = attempt(() => read({ ...block, bytes }));
      const signed = key && attempt(() => sign(key, message));
      outcomes[signed === undefined ? 'refused' : 'usable']++;
      if (key === undefined || signed === undefined) return;
      if (attempt(() => usableKey(key.publicKey)) === undefined) return;
      if (!verifySignature(key.publicKey, signed.method, message, signed.signature))
        throw new Error(`${block.type} ${Buffer.from(bytes).toString('hex')} signs what does not verify`);
    });
    expect(outcomes.refused).toBeGreaterThan(share(privateCount, 1 / 4));
    expect(outcomes.usable).toBeGreaterThan(share(privateCount, 1 / 20));
  });
});
