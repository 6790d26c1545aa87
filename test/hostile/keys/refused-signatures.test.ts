import { constants, createPrivateKey, type KeyObject, privateDecrypt, sign as signWith } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { update } from '../../../src/client/update/update.ts';
import { privateKeyOf, sign } from '../../../src/crypto/keys/private-key.ts';
import { keyId } from '../../../src/crypto/keys/public-key.ts';
import { buildEnvelope, signedMessage } from '../../../src/metadata/signed.ts';
import { actor } from '../../support/actor.ts';
import { fixture } from '../../support/fixture-files.ts';
import { type ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';
import { freshCollection, giveKeys, roles, verdictOn } from './keyed-collection.ts';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const half = (raw: Uint8Array, which: 0 | 1): bigint => number(raw.subarray(32 * which, 32 * which + 32));

const signerOf = (object: KeyObject): Signer => {
  const key = privateKeyOf(object);
  return { id: keyId(key.publicKey), entry: key.publicKey, key };
};
const rsa = signerOf(createPrivateKey(fixture('keys/rsa2048.pem')));

/** The timestamp with one signature: what `sign` makes of its message. */
function timestampWith(
  signer: Signer,
  method: string,
  make: (message: Uint8Array) => Uint8Array,
): ForgedCollection {
  const collection = freshCollection();
  giveKeys(collection, 'timestamp', { keys: [signer], signedBy: [signer] });
  const content = collection.content('timestamp');
  const signature = make(signedMessage(content));
  collection.files.set('timestamp', buildEnvelope(content, [{ keyId: signer.id, method, signature }]).bytes);
  return collection;
}

const signer = plainSigner();
const raw = (message: Uint8Array): Uint8Array => sign(signer.key, message).signature;

async function expectRefused(collection: ForgedCollection): Promise<void> {
  const { trusted, error, kept } = await verdictOn(collection, 'timestamp');
  expect(trusted).toBe(false);
  expect(error).toMatchObject({
    code: 'ROLE_THRESHOLD',
    message: 'valid signatures did not meet threshold for timestamp',
  });
  expect(kept).toEqual(['root']);
}

describe('G10 ECDSA signatures that are none', () => {
  it.each<readonly [string, (raw: Uint8Array) => Uint8Array]>([
    ['r is 0', (good) => Buffer.concat([Buffer.alloc(32), good.subarray(32)])],
    ['s is 0', (good) => Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)])],
    ['both are 0', () => Buffer.alloc(64)],
    ['r is the order', (good) => Buffer.concat([bytes(order), good.subarray(32)])],
    ['s is the order', (good) => Buffer.concat([good.subarray(0, 32), bytes(order)])],
    ['both are the order', () => Buffer.concat([bytes(order), bytes(order)])],
    ['r is beyond the order', (good) => Buffer.concat([bytes(order + 1n), good.subarray(32)])],
    ['both are all ones', () => Buffer.alloc(64, 0xff)],
    ['both are 1', () => Buffer.concat([bytes(1n), bytes(1n)])],
    ['r and s exchanged', (good) => Buffer.concat([good.subarray(32), good.subarray(0, 32)])],
    ['r negated', (good) => Buffer.concat([bytes(order - half(good, 0)), good.subarray(32)])],
    ['a byte less', (good) => good.subarray(0, 63)],
    ['a byte more', (good) => Buffer.concat([good, Buffer.of(0)])],
    ['a zero in front', (good) => Buffer.concat([Buffer.of(0), good])],
    [
      'a zero in front of each half',
      (good) => Buffer.concat([Buffer.of(0), good.subarray(0, 32), Buffer.of(0), good.subarray(32)]),
    ],
    ['nothing', () => new Uint8Array()],
    ['twice over', (good) => Buffer.concat([good, good])],
    ['hexadecimal', (good) => Buffer.from(Buffer.from(good).toString('hex'))],
  ])('an ECDSA signature is refused: %s', async (_, change) => {
    await expectRefused(timestampWith(signer, 'ecdsa', (message) => change(raw(message))));
  });

  it.each<readonly [string, (message: Uint8Array) => Uint8Array]>([
    ['DER', (message) => signWith('sha256', message, signer.key.object)],
    ['SHA-1', (message) => signWith('sha1', message, { key: signer.key.object, dsaEncoding: 'ieee-p1363' })],
    [
      'SHA-512',
      (message) => signWith('sha512', message, { key: signer.key.object, dsaEncoding: 'ieee-p1363' }),
    ],
    ['another message', (message) => raw(Buffer.concat([message, Buffer.of(0x20)]))],
  ])('an ECDSA signature is refused over or in %s', async (_, make) => {
    await expectRefused(timestampWith(signer, 'ecdsa', make));
  });

  it('an ECDSA signature counts with a low and with a high s', async () => {
    for (const high of [true, false]) {
      const collection = timestampWith(signer, 'ecdsa', (message) => {
        const good = raw(message);
        const s = half(good, 1);
        const wanted = s > order / 2n === high ? s : order - s;
        return Buffer.concat([good.subarray(0, 32), bytes(wanted)]);
      });
      expect(await verdictOn(collection, 'timestamp')).toMatchObject({ trusted: true, error: undefined });
    }
  });
});

const pss =
  (saltLength: number, hash = 'sha256') =>
  (message: Uint8Array) =>
    signWith(hash, message, { key: rsa.key.object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

describe('G10 RSA signatures that are none', () => {
  it.each([0, 8, 20, 31, 33, 48, 64, 222])(
    'an RSA signature by PSS with a salt of %d is refused',
    async (salt) => {
      await expectRefused(timestampWith(rsa, 'rsapss', pss(salt)));
    },
  );

  it.each(['sha1', 'sha384', 'sha512'])(
    'an RSA signature by PSS and PKCS #1 over %s is refused',
    async (hash) => {
      await expectRefused(timestampWith(rsa, 'rsapss', pss(32, hash)));
      await expectRefused(
        timestampWith(rsa, 'rsapkcs1v15', (message) => signWith(hash, message, rsa.key.object)),
      );
    },
  );

  it('an RSA signature by PSS without the zero that it begins with is refused', async () => {
    const short = (message: Uint8Array): Uint8Array => {
      for (;;) {
        const signature = pss(32)(message);
        if (signature[0] === 0) return signature.subarray(1);
      }
    };
    await expectRefused(timestampWith(rsa, 'rsapss', short));
  });

  it.each([
    ['PSS called PKCS #1', 'rsapkcs1v15', pss(32)],
    ['PKCS #1 called PSS', 'rsapss', (message: Uint8Array) => signWith('sha256', message, rsa.key.object)],
    [
      'the message itself, padded',
      'rsapkcs1v15',
      (message: Uint8Array) => Buffer.concat([Buffer.alloc(256), message]).subarray(-256),
    ],
    ['zeros', 'rsapss', () => Buffer.alloc(256)],
    ['1', 'rsapkcs1v15', () => Buffer.concat([Buffer.alloc(255), Buffer.of(1)])],
    ['all ones', 'rsapss', () => Buffer.alloc(256, 0xff)],
    [
      'raw, without any padding',
      'rsapkcs1v15',
      (message: Uint8Array) =>
        privateDecrypt(
          { key: rsa.key.object, padding: constants.RSA_NO_PADDING },
          Buffer.concat([Buffer.alloc(256), message])
            .subarray(-256)
            .fill(0, 0, 8),
        ),
    ],
  ])('an RSA signature is refused: %s', async (_, method, make) => {
    await expectRefused(timestampWith(rsa, method, make));
  });

  it('an RSA signature counts by PSS with a salt of 32 and by PKCS #1', async () => {
    for (const [method, make] of [
      ['rsapss', pss(32)],
      ['rsapkcs1v15', (message: Uint8Array) => signWith('sha256', message, rsa.key.object)],
    ] as const)
      expect(await verdictOn(timestampWith(rsa, method, make), 'timestamp')).toMatchObject({ trusted: true });
  });
});

describe('G10 names of methods', () => {
  it.each(['ecdsa', 'ECDSA', 'Ecdsa', 'eCdSa'])('the method name %s is a name for ECDSA', async (method) => {
    expect(await verdictOn(timestampWith(signer, method, raw), 'timestamp')).toMatchObject({ trusted: true });
  });

  it.each([
    ...[
      '',
      ' ',
      'ecdsa ',
      ' ecdsa',
      'ecdsa\u007f',
      'ecdsa-sha256',
      'ecdsa\u00a0',
      'ecd\u017fa',
      'еcdsa',
      'eddsa',
      'rsapss',
    ],
    ...[
      'rsapkcs1v15',
      'none',
      'null',
      'HS256',
      'ed25519',
      '__proto__',
      'constructor',
      'toString',
      'pycrypto-pkcs#1 pss',
    ],
  ])('the method name %j is none', async (method) => {
    await expectRefused(timestampWith(signer, method, raw));
  });

  it.each([
    ['a null byte behind it', '"ecdsa\\u0000"', 'ROLE_THRESHOLD'],
    ['a number', '1', 'MALFORMED_JSON'],
    ['null', 'null', 'MALFORMED_JSON'],
    ['a list', '["ecdsa"]', 'MALFORMED_JSON'],
  ])('a method name with %s is none', async (_, text, code) => {
    const collection = timestampWith(signer, 'ecdsa', raw);
    spell(collection, 'timestamp', '"method":"ecdsa"', `"method":${text}`);
    expect((await verdictOn(collection, 'timestamp')).error?.code).toBe(code);
  });
});

/** Writes one piece of a file otherwise, signatures and content staying what they are. */
function spell(collection: ForgedCollection, role: string, from: string | RegExp, to: string): void {
  const text = Buffer.from(collection.files.get(role) ?? []).toString();
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${role} has no such piece`);
  collection.files.set(role, Buffer.from(changed));
}

/** Ways to write base64 that lax decoders take for the same. */
const spellings: readonly (readonly [string, (base64: string) => string])[] = [
  ['a blank behind it', (text) => `${text} `],
  ['a line break in it', (text) => `${text.slice(0, 40)}\\n${text.slice(40)}`],
  ['a tab in front', (text) => `\\t${text}`],
  ['junk in it', (text) => `${text.slice(0, 8)}*${text.slice(8)}`],
  ['junk behind it', (text) => `${text}!`],
  ['no padding', (text) => text.replace(/=+$/, '')],
  ['too much padding', (text) => `${text}=`],
  ['padding in the middle', (text) => `${text.slice(0, 4)}=${text.slice(4)}`],
  ['more behind the padding', (text) => `${text}AAAA`],
  [
    'bits behind the last byte',
    (text) => text.replace(/.(=+)$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}${end.slice(1)}`),
  ],
  ['a null byte', (text) => `${text}\\u0000`],
  ['a character of another alphabet', (text) => `а${text.slice(1)}`],
];

describe.each(roles)('G10 signatures in another base64: %s', (role) => {
  it.each(spellings)('a signature in base64 with %s is refused', async (_, change) => {
    const collection = freshCollection();
    const before = collection.files.get(role);
    spell(
      collection,
      role,
      /"sig":"([^"]+)"/,
      `"sig":"${change(/"sig":"([^"]+)"/.exec(Buffer.from(before ?? []).toString())?.[1] ?? '')}"`,
    );
    if (role === 'snapshot') collection.settleTimestamp();
    else if (role !== 'timestamp') collection.settle();
    const { trusted, error, kept } = await verdictOn(collection, role);
    expect(trusted).toBe(false);
    expect(error).toMatchObject({
      code: 'INVALID_METADATA',
      message: expect.stringContaining('a signature is not base64') as string,
    });
    expect(kept).not.toContain(role);
  });

  it('a signature in base64 with the alphabet of URLs is refused', async () => {
    const collection = freshCollection();
    for (let tries = 0; ; tries++) {
      const text = Buffer.from(collection.files.get(role) ?? []).toString();
      if (/"sig":"[^"]*[+/][^"]*"/.test(text)) break;
      collection.seal(role);
      if (tries > 100) throw new Error('no signature has the characters that differ');
    }
    spell(
      collection,
      role,
      /"sig":"([^"]*)"/,
      `"sig":"${(/"sig":"([^"]+)"/.exec(Buffer.from(collection.files.get(role) ?? []).toString())?.[1] ?? '').replaceAll('+', '-').replaceAll('/', '_')}"`,
    );
    if (role === 'snapshot') collection.settleTimestamp();
    else if (role !== 'timestamp') collection.settle();
    expect((await verdictOn(collection, role)).error?.code).toBe('INVALID_METADATA');
  });
});

describe('G10 an empty signature', () => {
  it.each(roles)('an empty signature of %s is refused, and so is one that is no text', async (role) => {
    for (const text of ['""', 'null', '1', '[]', '{}']) {
      const collection = freshCollection();
      spell(collection, role, /"sig":"[^"]+"/, `"sig":${text}`);
      if (role === 'snapshot') collection.settleTimestamp();
      else if (role !== 'timestamp') collection.settle();
      const { trusted, kept } = await verdictOn(collection, role);
      expect(trusted).toBe(false);
      expect(kept).not.toContain(role);
    }
  });
});

describe('G10 what was trusted before', () => {
  it('the trusted file stays after a file without a valid signature, and gives way when the signature is valid', async () => {
    const collection = freshCollection();
    const reader = actor(collection.server, memoryClock(), forgedGun);
    await update(reader);
    const kept = new Map(reader.cache.files);
    collection.raise();
    const good = new Map(collection.files);
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      for (const [name, bytesOfFile] of good) collection.files.set(name, bytesOfFile);
      spell(collection, role, /"sig":"...../, '"sig":"AAAAA');
      await expect(update(reader)).rejects.toMatchObject({ name: 'NotaryError' });
      expect(reader.cache.files.get(role)).toEqual(kept.get(role));
    }
    for (const [name, bytesOfFile] of good) collection.files.set(name, bytesOfFile);
    await update(reader);
    expect(reader.cache.files.get('targets')).toEqual(good.get('targets'));
  });
});
