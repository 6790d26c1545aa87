import { constants, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { base64, goodSamples, rsaEntry, spkiOf } from '../support/key-samples.ts';

const rsa = goodSamples.find(({ name }) => name === 'RSA 2048');
if (rsa === undefined) throw new Error('no RSA key among the samples');

const message = Buffer.from('{"_type":"Targets"}');
const padding = constants.RSA_PKCS1_PSS_PADDING;
const signature = sign('sha256', message, { key: rsa.privateKey, padding, saltLength: 32 });

describe('a signature in the manner of PyCrypto', () => {
  it('a signature in the manner of PyCrypto counts for nothing', () => {
    // There the key is written in PEM; the signature is the usual one.
    const lines = base64(spkiOf(rsa.privateKey)).replace(/(.{64})/g, '$1\n');
    const pem = `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`;
    const inPem = rsaEntry(Buffer.from(pem));
    expect(verifySignature(inPem, 'pycrypto-pkcs#1 pss', message, signature)).toBe(false);
    expect(verifySignature(rsa.entry, 'pycrypto-pkcs#1 pss', message, signature)).toBe(false);
    expect(verifySignature(rsa.entry, 'rsapss', message, signature)).toBe(true);
  });
});
