import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import { asListedKeyId, type ListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { sign } from '../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { buildEnvelope, type Envelope, parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import {
  canonicalIdOr,
  canonicalIds,
  checkSignaturesOnce,
  isSignedBy,
  verifySignatures,
} from '../../src/tuf/verify-signatures.ts';
import { mapped } from '../support/json-documents.ts';
import { ecEntry, ecSamples, otherPointForm } from '../support/key-samples.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { plainSigner, type Signer, sealed } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const content = mapped({ _type: 'Targets', n: 1 }) as JsonObject;
const five = Array.from({ length: 5 }, () => plainSigner());
const by = (...signers: readonly Signer[]): Envelope => parseEnvelope(sealed(content, ...signers));
const listed = (...signers: readonly { readonly id: ListedKeyId; readonly entry: PublicKey }[]) =>
  new Map(signers.map(({ id, entry }) => [id, entry]));
const below = refusal('ROLE_THRESHOLD', 'valid signatures did not meet threshold for targets', {
  role: 'targets',
});

describe('signatures of five keys', () => {
  const subsets = Array.from({ length: 32 }, (_, bits) => five.filter((_key, at) => (bits >> at) & 1));

  it.each([1, 2, 3, 4, 5])(
    'signatures of five keys reach the threshold %d in every subset that is large enough, and in no other',
    (threshold) => {
      for (const subset of subsets) {
        const verify = () => verifySignatures(by(...subset), { keys: listed(...five), threshold }, 'targets');
        if (subset.length >= threshold) expect(verify).not.toThrow();
        else if (subset.length === 0)
          expect(verify).toThrow(
            refusal('NO_SIGNATURES', 'tuf: data has no signatures', { role: 'targets' }),
          );
        else expect(verify).toThrow(below);
      }
    },
  );

  it('signatures of five keys do not reach six', () => {
    expect(() => verifySignatures(by(...five), { keys: listed(...five), threshold: 6 }, 'targets')).toThrow(
      below,
    );
  });

  it('signatures of five keys count whatever their order and however many others stand among them', () => {
    const strangers = Array.from({ length: 3 }, () => plainSigner());
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...five, ...strangers], { minLength: 1 }),
        fc.integer({ min: 1, max: 5 }),
        (all, threshold) => {
          const known = all.filter((signer) => five.includes(signer)).length;
          const verify = () => verifySignatures(by(...all), { keys: listed(...five), threshold }, 'targets');
          if (known >= threshold) expect(verify).not.toThrow();
          else expect(verify).toThrow(below);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('whether a file is signed', () => {
  const [one, two] = five as [Signer, Signer];

  it('the question whether a file is signed is answered with yes or no', () => {
    expect(isSignedBy(by(one), { keys: listed(one), threshold: 1 }, 'targets')).toBe(true);
    expect(isSignedBy(by(two), { keys: listed(one), threshold: 1 }, 'targets')).toBe(false);
    expect(isSignedBy(by(), { keys: listed(one), threshold: 1 }, 'targets')).toBe(false);
  });

  it('a defect does not answer the question whether a file is signed', () => {
    const keys = new Map<ListedKeyId, PublicKey>();
    keys.get = () => {
      throw new TypeError('a defect');
    };
    expect(() => isSignedBy(by(one), { keys, threshold: 1 }, 'targets')).toThrow(TypeError);
  });

  it('a file that one key signed twice is refused where a reader looks, and one of different keys is not', () => {
    expect(() => checkSignaturesOnce(by(one, two), 'targets/a')).not.toThrow();
    expect(() => checkSignaturesOnce(by(one, two, one), 'targets/a')).toThrow(
      refusal('ROLE_THRESHOLD', `the signatures of targets/a repeat the key ID ${one.id}`, {
        role: 'targets/a',
        key: one.id,
      }),
    );
  });
});

describe('a threshold', () => {
  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
    'a threshold of %d is never reached',
    (threshold) => {
      expect(() => verifySignatures(by(...five), { keys: listed(...five), threshold }, 'targets')).toThrow(
        below,
      );
    },
  );

  it('a threshold of 1 is not reached by a role without keys', () => {
    expect(() => verifySignatures(by(...five), { keys: new Map(), threshold: 1 }, 'targets')).toThrow(below);
  });
});

describe('one private key', () => {
  const [one] = five as [Signer];
  const twoOf = (entries: readonly PublicKey[], copies = 1) => {
    const signature = { ...sign(one.key, signedMessage(content)) };
    const list = entries.flatMap((entry) =>
      Array.from({ length: copies }, () => ({ keyId: keyId(entry), ...signature })),
    );
    return () =>
      verifySignatures(
        buildEnvelope(content, list),
        { keys: new Map(entries.map((entry) => [keyId(entry), entry])), threshold: 2 },
        'targets',
      );
  };
  const certificate = (seed: string) =>
    certificateKey(
      'ecdsa',
      createRootCertificate(one.key, 'gun', new Date('2026-11-22T00:00:00Z'), seededRandom(seed)),
    );

  it('one private key counts once when it signs twice', () => {
    expect(twoOf([one.entry], 2)).toThrow(below);
    const again = by(one, one);
    expect(again.signatures).toHaveLength(2);
    expect(() => verifySignatures(again, { keys: listed(one), threshold: 2 }, 'targets')).toThrow(below);
    expect(() => verifySignatures(again, { keys: listed(one), threshold: 1 }, 'targets')).not.toThrow();
  });

  it('one private key counts once under two certificates', () => {
    expect(twoOf([certificate('a'), certificate('b')])).toThrow(below);
  });

  it('one private key counts once as itself and under a certificate', () => {
    expect(twoOf([one.entry, certificate('a')])).toThrow(below);
  });

  it('one private key counts once under two encodings of its public half', () => {
    const [sample] = ecSamples.filter(({ name }) => name === 'P-256');
    if (sample === undefined) throw new Error('no key');
    const { publicKey } = plainSigner().key;
    expect(publicKey.keyType).toBe('ecdsa');
    for (const form of ['compressed', 'hybrid'] as const) {
      const entries = [one.entry, ecEntry(otherPointForm({ ...sample, privateKey: one.key.object }, form))];
      expect(twoOf(entries)).toThrow(below);
    }
  });
});

describe('a listed key ID', () => {
  const [one, two] = five as [Signer, Signer];

  it('a listed key ID that is not that of its key is fatal when a signature names it, even where others would do', () => {
    const keys = new Map([
      [one.id, two.entry],
      [two.id, two.entry],
    ]);
    expect(() => verifySignatures(by(two, one), { keys, threshold: 1 }, 'targets')).toThrow(
      refusal('INVALID_KEY_ID', 'key ID is not valid for key content', { role: 'targets', key: one.id }),
    );
  });

  it('a listed key ID that is not that of its key does not matter while no signature names it', () => {
    const keys = new Map([
      [one.id, two.entry],
      [two.id, two.entry],
    ]);
    expect(() => verifySignatures(by(two), { keys, threshold: 1 }, 'targets')).not.toThrow();
  });

  it('a listed key ID in capitals is another one', () => {
    const shouting = { ...one, id: asListedKeyId(one.id.toUpperCase()) };
    expect(() => verifySignatures(by(shouting), { keys: listed(one), threshold: 1 }, 'targets')).toThrow(
      below,
    );
    expect(() => verifySignatures(by(shouting), { keys: listed(shouting), threshold: 1 }, 'targets')).toThrow(
      refusal('INVALID_KEY_ID'),
    );
  });

  it('a listed key ID may be any word without becoming a member of a prototype', () => {
    const odd = { ...one, id: asListedKeyId('__proto__') };
    expect(() => verifySignatures(by(odd), { keys: listed(one), threshold: 1 }, 'targets')).toThrow(below);
  });
});

describe('a key that cannot be used', () => {
  const [one] = five as [Signer];
  const junk: PublicKey = { keyType: 'ecdsa', value: 'anVuaw==' };

  it('a key that cannot be used does not count and does not stand in the way of others', () => {
    const keys = new Map([...listed(one), [keyId(junk), junk]]);
    const envelope = buildEnvelope(content, [
      { keyId: keyId(junk), method: 'ecdsa', signature: Buffer.alloc(64, 1) },
      ...by(one).signatures,
    ]);
    expect(() => verifySignatures(envelope, { keys, threshold: 1 }, 'targets')).not.toThrow();
    expect(() => verifySignatures(envelope, { keys, threshold: 2 }, 'targets')).toThrow(below);
  });

  it('a key that cannot be used is distinguished from a defect', () => {
    const defect: PublicKey = {
      keyType: 'ecdsa',
      get value(): string {
        throw new TypeError('a defect');
      },
    };
    expect(() => canonicalIdOr(asListedKeyId('listed'), defect)).toThrow(TypeError);
  });

  it('a key that cannot be used is shown by its listed ID', () => {
    const broken: PublicKey = { keyType: 'ecdsa-x509', value: 'anVuaw==' };
    expect(canonicalIdOr(asListedKeyId('listed'), broken)).toBe('listed');
    expect(canonicalIdOr(one.id, one.entry)).toBe(one.id);
    expect(
      canonicalIds(
        new Map([
          [asListedKeyId('b'), broken],
          [asListedKeyId('a'), { ...broken }],
        ]),
      ),
    ).toEqual(['a', 'b']);
  });
});
