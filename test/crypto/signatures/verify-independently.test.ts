import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../../src/crypto/signatures/verify-independently.ts';
import {
  ecEntry,
  ecSamples,
  ed25519Entry,
  type KeySample,
  otherPointForm,
  rsa1024,
} from '../../support/key-samples.ts';
import { badSignatures, goodSignatures } from '../../support/signature-cases.ts';

const message = Buffer.from('{"_type":"Targets"}');
const [p256] = ecSamples.filter(({ name }) => name === 'P-256') as [KeySample];

describe('the second opinion', () => {
  it.each(goodSignatures.map((row) => [row.name, row] as const))(
    'the second implementation accepts what the first accepts: %s',
    (_, { entry, method, signature }) => {
      expect(verifySecondOpinion(entry, method, message, signature(message))).toBe(true);
    },
  );

  it.each(badSignatures.map((row) => [row.name, row] as const))(
    'the second implementation refuses what the first refuses: %s',
    (_, { entry, method, signature }) => {
      expect(verifySecondOpinion(entry, method, message, signature(message))).toBe(false);
    },
  );

  it('the second implementation agrees with the first on random signatures of every length and method', () => {
    const methods = fc.constantFrom('ecdsa', 'rsapss', 'rsapkcs1v15', 'eddsa', 'other');
    const lengths = fc.constantFrom(0, 1, 56, 63, 64, 65, 96, 132, 256, 384);
    fc.assert(
      fc.property(fc.constantFrom(...goodSignatures), methods, lengths, ({ entry }, method, length) => {
        const signature = randomBytes(length);
        expect(verifySecondOpinion(entry, method, message, signature)).toBe(false);
        expect(verifySignature(entry, method, message, signature)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a compressed point', ecEntry(otherPointForm(p256, 'compressed'))],
    ['RSA of 1024 bits', rsa1024.entry],
    ['an Ed25519 point of small order', ed25519Entry(Buffer.from(`01${'00'.repeat(31)}`, 'hex'))],
    ['no key at all', { keyType: 'ecdsa', value: '' }],
    ['an unknown type', { keyType: 'unknown', value: p256.entry.value }],
  ])('the second implementation refuses %s without failing', (_, entry) => {
    for (const method of ['ecdsa', 'rsapss', 'eddsa'])
      expect(verifySecondOpinion(entry, method, message, Buffer.alloc(64, 1))).toBe(false);
  });
});
