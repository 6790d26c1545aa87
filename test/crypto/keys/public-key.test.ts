import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanonicalKeyId, ListedKeyId } from '../../../src/crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { certifiedSigner } from '../../support/metadata-author.ts';

/** Made by the genuine client. */
const genuine: PublicKey = {
  keyType: 'ecdsa',
  value:
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEel8GeARFpYZatWP9B/kV/wpTrxBQXxPm5hxj/Xr6pF3iwpry3AAsG2Gh4aQr96z/4SgSEoGrlye/rcpxsOzS+Q==',
};
const genuineId = '15778be96b1350312b3dda917c9821d3b73166766bda1567486478e24cde22cf';

describe('the ID of a key', () => {
  it('the ID of a key is that of the genuine client', () => {
    expect(keyId(genuine)).toBe(genuineId);
    expect(canonicalKeyId(genuine)).toBe(genuineId);
  });

  it('the ID of a key is either the listed or the canonical one, and no text is either', () => {
    const certified = certifiedSigner('someone', new Date('2026-01-01T00:00:00Z')).entry;
    // @ts-expect-error a listed ID is no canonical one
    const canonical: CanonicalKeyId = keyId(genuine);
    // @ts-expect-error a canonical ID is no listed one
    const listed: ListedKeyId = canonicalKeyId(genuine);
    // @ts-expect-error a text is no canonical ID
    const textAsCanonical: CanonicalKeyId = genuineId;
    // @ts-expect-error a text is no listed ID
    const textAsListed: ListedKeyId = genuineId;
    expect(canonical).toBe(listed);
    expect(textAsCanonical).toBe(textAsListed);
    expect(canonicalKeyId(certified)).not.toBe(keyId(certified));
  });

  it('the ID of a key hashes the canonical entry with an empty private part', () => {
    const value = fc.string({ unit: fc.constantFrom('A', 'b', '0', '+', '/', '=') });
    fc.assert(
      fc.property(
        fc.constantFrom('ecdsa', 'rsa', 'ed25519', 'ecdsa-x509', 'rsa-x509', 'other'),
        value,
        (keyType, text) => {
          const canonical = `{"keytype":"${keyType}","keyval":{"private":null,"public":"${text}"}}`;
          expect(keyId({ keyType, value: text })).toBe(createHash('sha256').update(canonical).digest('hex'));
        },
      ),
    );
  });

  it('the ID of a key says the same when it is asked again, and for another object with the same content', () => {
    expect(keyId(genuine)).toBe(keyId(genuine));
    expect(keyId({ ...genuine })).toBe(keyId(genuine));
  });

  it('the ID of a key escapes what would let one entry look like another', () => {
    const honest = { keyType: 'ecdsa', value: 'QQ==' };
    const forged = { keyType: 'ecdsa","keyval":{"private":null,"public":"QQ=="}}', value: '' };
    expect(keyId(forged)).not.toBe(keyId(honest));
  });
});
