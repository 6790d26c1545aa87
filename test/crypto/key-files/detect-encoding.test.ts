import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { privateKeyEncoding } from '../../../src/crypto/key-files/detect-encoding.ts';
import { foreignBlocks } from '../../../src/crypto/key-files/foreign-blocks.ts';
import { parsePem } from '../../../src/encoding/pem.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');

function derOf(name: string): Uint8Array {
  const bytes = parsePem(readFileSync(join(fixtures, 'keys', name)))[0]?.bytes;
  if (bytes === undefined) throw new Error(`no PEM block in ${name}`);
  return bytes;
}

describe('the DER of a private key', () => {
  test.each([
    'p256.pem',
    'rsa2048.pem',
    'ed25519.pem',
    'rsa-pss.pem',
    'p521.sec1.pem',
    'rsa1024.pkcs1.pem',
    'p256.pkcs8.scrypt.pem',
    'rsa2048.pkcs8.pbes1-3des.pem',
  ])('the DER of %s is known by its structure', (name) => {
    const [block] = parsePem(readFileSync(join(fixtures, 'keys', name)));
    expect(foreignBlocks(derOf(name))).toEqual([block]);
  });

  test.each([
    ['a public key', () => derOf('p256.pub.pem')],
    ['curve parameters', () => derOf('p256.parameters.pem')],
    ['a certificate', () => Buffer.from('30123004020101303006', 'hex')],
    ['a sequence of one number', () => Buffer.from('3003020100', 'hex')],
    ['a sequence of two numbers', () => Buffer.from('3006020100020100', 'hex')],
    ['a number and a sequence', () => Buffer.from('30050201003000', 'hex')],
    ['a sequence, bytes and more', () => Buffer.from('300730000400020100', 'hex')],
    ['an empty sequence', () => Buffer.from('3000', 'hex')],
    ['a number', () => Buffer.from('020100', 'hex')],
    ['a key cut short', () => derOf('p256.pem').subarray(0, -1)],
    ['a key and a byte', () => Buffer.concat([derOf('p256.pem'), Buffer.alloc(1)])],
    ['text', () => Buffer.from('0 text')],
    ['nothing', () => new Uint8Array()],
  ])('the DER of %s is not taken for a private key', (_, bytes) => {
    expect(privateKeyEncoding(bytes())).toBeUndefined();
  });
});
