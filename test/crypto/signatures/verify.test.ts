import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../../src/crypto/certificate-issuance/signing-certificate.ts';
import { privateKeyOf, sign as signAsNotary } from '../../../src/crypto/keys/private-key.ts';
import { certificateKey } from '../../../src/crypto/keys/verification-key.ts';
import { verifySignature } from '../../../src/crypto/signatures/verify.ts';
import {
  ecEntry,
  ecSamples,
  goodSamples,
  type KeySample,
  otherPointForm,
  rsaEntry,
  rsaPublic,
} from '../../support/key-samples.ts';
import { badSignatures, goodSignatures, rawEcdsa } from '../../support/signature-cases.ts';

const message = Buffer.from('{"_type":"Targets"}');
const [p256] = ecSamples.filter(({ name }) => name === 'P-256') as [KeySample];

describe('a signature that Notary accepts', () => {
  it.each(goodSignatures.map((row) => [row.name, row] as const))(
    'the verifier accepts %s',
    (_, { entry, method, signature }) => {
      expect(verifySignature(entry, method, message, signature(message))).toBe(true);
    },
  );

  it.each(goodSamples.map((sample) => [sample.name, sample] as const))(
    'the verifier accepts what %s signs here, over any message',
    (_, { entry, privateKey }) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
          const { method, signature } = signAsNotary(privateKeyOf(privateKey), bytes);
          return verifySignature(entry, method, bytes, signature);
        }),
        { numRuns: 25 },
      );
    },
  );

  it.each([
    ['ecdsa', p256],
    ['rsa', goodSamples[4]],
  ] as const)('the verifier accepts a signature of the %s key in a certificate', (algorithm, sample) => {
    const key = privateKeyOf((sample ?? p256).privateKey);
    const entry = certificateKey(algorithm, createRootCertificate(key, 'gun', new Date(), randomBytes));
    const { method, signature } = signAsNotary(key, message);
    expect(verifySignature(entry, method, message, signature)).toBe(true);
    expect(verifySignature(entry, method, Buffer.from('other'), signature)).toBe(false);
  });
});

describe('a signature that Notary refuses', () => {
  it.each(badSignatures.map((row) => [row.name, row] as const))(
    'the verifier refuses %s',
    (_, { entry, method, signature }) => {
      expect(verifySignature(entry, method, message, signature(message))).toBe(false);
    },
  );

  it.each(goodSignatures.map((row) => [row.name, row] as const))(
    'the verifier refuses what is one bit away from a good signature, in the signature or the message: %s',
    (_, { entry, method, signature }) => {
      const good = Buffer.from(signature(message));
      const flip = (bytes: Uint8Array, bit: number) => {
        const copy = Buffer.from(bytes);
        const at = (bit >> 3) % copy.length;
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit & 7)), at);
        return copy;
      };
      fc.assert(
        fc.property(fc.nat(8 * good.length - 1), fc.nat(8 * message.length - 1), (inSignature, inMessage) => {
          expect(verifySignature(entry, method, message, flip(good, inSignature))).toBe(false);
          expect(verifySignature(entry, method, flip(message, inMessage), good)).toBe(false);
        }),
        { numRuns: 20 },
      );
    },
  );

  it('the verifier refuses every signature of a key that may not be used', () => {
    const signature = rawEcdsa(p256)(message);
    expect(verifySignature(ecEntry(otherPointForm(p256, 'compressed')), 'ecdsa', message, signature)).toBe(
      false,
    );
    expect(verifySignature({ keyType: 'ecdsa', value: 'junk' }, 'ecdsa', message, signature)).toBe(false);
    expect(verifySignature({ keyType: 'ecdsa-x509', value: 'anVuaw==' }, 'ecdsa', message, signature)).toBe(
      false,
    );
  });

  it('the verifier does not take a defect of its own for a refusal', () => {
    const defect = {
      keyType: 'ecdsa',
      get value(): string {
        throw new TypeError('a defect');
      },
    };
    expect(() => verifySignature(defect, 'ecdsa', message, new Uint8Array(64))).toThrow(TypeError);
  });

  it('the verifier refuses the padded message itself under an RSA key with the exponent 1', () => {
    const modulus = Buffer.alloc(256, 0xff);
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const hash = sha256(message);
    const padding = Buffer.alloc(256 - 3 - info.length - hash.length, 0xff);
    const forgery = Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info, hash]);
    expect(verifySignature(rsaEntry(rsaPublic(modulus, Buffer.of(1))), 'rsapkcs1v15', message, forgery)).toBe(
      false,
    );
  });

  it('the verifier refuses a signature of another key', () => {
    for (const [one, other] of [
      [ecSamples[1], ecSamples[2]],
      [goodSamples[4], goodSamples[5]],
    ]) {
      if (one === undefined || other === undefined) throw new Error('keys are missing');
      const { method, signature } = signAsNotary(privateKeyOf(one.privateKey), message);
      expect(verifySignature(one.entry, method, message, signature)).toBe(true);
      expect(verifySignature(other.entry, method, message, signature)).toBe(false);
    }
  });
});

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
