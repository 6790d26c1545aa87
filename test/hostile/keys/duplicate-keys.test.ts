import { createPrivateKey, ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../../src/crypto/certificate-issuance/signing-certificate.ts';
import { privateKeyOf, sign } from '../../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../../src/crypto/keys/verification-key.ts';
import { buildEnvelope, type Signature, signedMessage } from '../../../src/metadata/signed.ts';
import { der } from '../../support/der.ts';
import type { ForgedCollection } from '../../support/forged-repository.ts';
import { forgedGun } from '../../support/forged-repository.ts';
import { epoch, seededRandom } from '../../support/memory-ports.ts';
import { edited, plainSigner, type Signer } from '../../support/metadata-author.ts';
import { expectedRefusal, freshCollection, giveKeys, roles, under, verdictOn } from './keyed-collection.ts';

async function expectRefused(collection: ForgedCollection, role: string): Promise<void> {
  const { trusted, error, warnings } = await verdictOn(collection, role);
  const expected = expectedRefusal(role);
  expect(trusted).toBe(false);
  expect(error?.code).toBe(expected.code);
  expect(warnings).toEqual(expected.warnings);
}

/** Refused for the repetition, however many others have signed. */
async function expectRepeated(collection: ForgedCollection, role: string, { id }: Signer): Promise<void> {
  const { trusted, error, warnings } = await verdictOn(collection, role);
  expect(trusted).toBe(false);
  expect([error?.message ?? '', ...warnings].join()).toContain(
    `the signatures of ${role} repeat the key ID ${id}`,
  );
}

async function expectTrusted(collection: ForgedCollection, role: string): Promise<void> {
  expect(await verdictOn(collection, role)).toMatchObject({ trusted: true, error: undefined, warnings: [] });
}

const signerFor = (collection: ForgedCollection, role: string): Signer =>
  role === 'root' ? collection.rootSigner() : plainSigner();

/** The entry of a certificate for the key, another one for each seed. */
function certified(signer: Signer, seed: string, algorithm: 'ecdsa' | 'rsa' = 'ecdsa'): Signer {
  return under(
    signer,
    certificateKey(algorithm, createRootCertificate(signer.key, forgedGun, epoch, seededRandom(seed))),
  );
}

/** Signs the role's content as told, whoever is listed. */
function sealWith(collection: ForgedCollection, role: string, signatures: readonly Signature[]): void {
  const { bytes } = buildEnvelope(collection.content(role), signatures);
  collection.files.set(role, bytes);
  if (role === 'root') collection.files.set(`${collection.version('root')}.root`, bytes);
  if (role === 'snapshot') collection.settleTimestamp();
  else if (role !== 'timestamp') collection.settle();
}

const signature = (collection: ForgedCollection, role: string, { id, key }: Signer): Signature => ({
  keyId: id,
  ...sign(key, signedMessage(collection.content(role))),
});

describe.each(roles)('G9 key IDs that stand twice: %s', (role) => {
  it('a key twice in the list of the role is one key', async () => {
    const collection = freshCollection();
    const one = signerFor(collection, role);
    giveKeys(collection, role, { keys: [one, one], threshold: 2, signedBy: [one] });
    await expectRefused(collection, role);
    giveKeys(collection, role, { keys: [one, one], threshold: 2, signedBy: [one, one] });
    await expectRepeated(collection, role, one);
    giveKeys(collection, role, { keys: [one, one], threshold: 1, signedBy: [one] });
    await expectTrusted(collection, role);
  });

  it('a key twice among the signatures is one signature, and the file is not believed', async () => {
    const collection = freshCollection();
    const [one, two] = [signerFor(collection, role), signerFor(collection, role)];
    for (const signedBy of [
      [one, one],
      [two, two, two, two],
    ]) {
      giveKeys(collection, role, { keys: [one, two], threshold: 2, signedBy });
      await expectRepeated(collection, role, signedBy[0] ?? one);
    }
    giveKeys(collection, role, { keys: [one, two], threshold: 2, signedBy: [one, one, two] });
    await expectRepeated(collection, role, one);
    giveKeys(collection, role, { keys: [one, two], threshold: 2, signedBy: [one, two] });
    await expectTrusted(collection, role);
  });

  it('the very same signature a thousand times is one signature', async () => {
    const collection = freshCollection();
    const [one, two] = [signerFor(collection, role), signerFor(collection, role)];
    giveKeys(collection, role, { keys: [one, two], threshold: 2, signedBy: [one] });
    const only = signature(collection, role, one);
    sealWith(
      collection,
      role,
      Array.from({ length: 1000 }, () => only),
    );
    await expectRepeated(collection, role, one);
  });

  it('a signature under the ID of another listed key counts for no key', async () => {
    const collection = freshCollection();
    const [one, two] = [signerFor(collection, role), signerFor(collection, role)];
    giveKeys(collection, role, { keys: [one, two], threshold: 2, signedBy: [one] });
    const good = signature(collection, role, one);
    sealWith(collection, role, [good, { ...good, keyId: two.id }]);
    await expectRefused(collection, role);
  });

  it('a bad signature before a good one by the same key is a repetition, too', async () => {
    const collection = freshCollection();
    const one = signerFor(collection, role);
    giveKeys(collection, role, { keys: [one], signedBy: [one] });
    const good = signature(collection, role, one);
    const bad = { ...good, signature: good.signature.map((byte) => byte ^ 1) };
    sealWith(collection, role, [bad, good]);
    await expectRepeated(collection, role, one);
    sealWith(collection, role, [{ ...bad, keyId: signerFor(collection, role).id }, good]);
    await expectTrusted(collection, role);
  });

  it('a key under an ID that is not its own is refused by name', async () => {
    const collection = freshCollection();
    const [one, two] = [signerFor(collection, role), signerFor(collection, role)];
    giveKeys(collection, role, {
      keys: [one, { id: two.id, entry: one.entry }],
      threshold: 2,
      signedBy: [one, { ...one, id: two.id }],
    });
    const { trusted, error } = await verdictOn(collection, role);
    expect(trusted).toBe(false);
    expect(error?.code).toBe(role === 'root' ? 'ROOT_VALIDATION' : 'INVALID_KEY_ID');
  });
});

describe.each(roles)('G9 one key under two certificates: %s', (role) => {
  it('a key under two certificates counts once', async () => {
    const collection = freshCollection();
    const key = plainSigner();
    const both = [certified(key, 'first'), certified(key, 'second')];
    expect(both[0]?.id).not.toBe(both[1]?.id);
    giveKeys(collection, role, { keys: both, threshold: 2, signedBy: both });
    await expectRefused(collection, role);
    giveKeys(collection, role, { keys: both, threshold: 1, signedBy: both });
    await expectTrusted(collection, role);
  });

  it('a key under two certificates counts once beside a key that counts', async () => {
    const collection = freshCollection();
    const key = plainSigner();
    const three = [certified(key, 'first'), certified(key, 'second'), certified(plainSigner(), 'third')];
    giveKeys(collection, role, { keys: three, threshold: 3, signedBy: three });
    await expectRefused(collection, role);
    giveKeys(collection, role, { keys: three, threshold: 2, signedBy: three });
    await expectTrusted(collection, role);
  });
});

const { privateKey: rsaKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = privateKeyOf(rsaKey);
const rsaSigner: Signer = { id: keyId(rsa.publicKey), entry: rsa.publicKey, key: rsa };
const ecSigner = plainSigner();
const spki = Buffer.from(ecSigner.entry.value, 'base64');
const rsaSpki = Buffer.from(rsaSigner.entry.value, 'base64');
const ecdsa = (bytes: Uint8Array): PublicKey => ({
  keyType: 'ecdsa',
  value: Buffer.from(bytes).toString('base64'),
});
const rsaKeyOf = (bytes: Uint8Array): PublicKey => ({
  keyType: 'rsa',
  value: Buffer.from(bytes).toString('base64'),
});
const point = (form: 'compressed' | 'hybrid'): Buffer => {
  const bytes = ECDH.convertKey(spki.subarray(26), 'prime256v1', undefined, undefined, form) as Buffer;
  return der(0x30, spki.subarray(2, 23), der(0x03, Buffer.of(0), bytes));
};
const modulus = Buffer.from(
  createPrivateKey(rsaKey.export({ format: 'pem', type: 'pkcs8' })).export({ format: 'jwk' }).n ?? '',
  'base64url',
);
const rsaAlgorithm = rsaSpki.subarray(4, 19);
const rsaPublic = (...numbers: readonly Buffer[]) =>
  der(0x30, rsaAlgorithm, der(0x03, Buffer.of(0), der(0x30, ...numbers)));
const exponent = der(0x02, Buffer.of(1, 0, 1));

/** Other entries for a key that is listed already. */
const again: readonly (readonly [name: string, signer: Signer, entry: PublicKey])[] = [
  ['as itself and in a certificate', ecSigner, certified(ecSigner, 'one').entry],
  ['with a compressed point', ecSigner, ecdsa(point('compressed'))],
  ['with a hybrid point', ecSigner, ecdsa(point('hybrid'))],
  ['with bytes behind it', ecSigner, ecdsa(Buffer.concat([spki, Buffer.of(0)]))],
  ['with a null behind it', ecSigner, ecdsa(Buffer.concat([spki, Buffer.of(5, 0)]))],
  [
    'with a length in long form',
    ecSigner,
    ecdsa(Buffer.concat([Buffer.of(0x30, 0x81, spki.length - 2), spki.subarray(2)])),
  ],
  [
    'with unused bits that are said to be none',
    ecSigner,
    ecdsa(Buffer.concat([spki.subarray(0, 25), Buffer.of(1), spki.subarray(26)])),
  ],
  [
    'in base64 without padding',
    ecSigner,
    { keyType: 'ecdsa', value: ecSigner.entry.value.replace(/=+$/, '') },
  ],
  ['in base64 with a blank behind it', ecSigner, { keyType: 'ecdsa', value: `${ecSigner.entry.value} ` }],
  ['in base64 for URLs', ecSigner, { keyType: 'ecdsa', value: Buffer.from(spki).toString('base64url') }],
  ['under another type', ecSigner, { keyType: 'rsa', value: ecSigner.entry.value }],
  ['under its type in capitals', ecSigner, { keyType: 'ECDSA', value: ecSigner.entry.value }],
  [
    'in a certificate of another type',
    ecSigner,
    { ...certified(ecSigner, 'two').entry, keyType: 'rsa-x509' },
  ],
  ['of RSA in a certificate', rsaSigner, certified(rsaSigner, 'three', 'rsa').entry],
  [
    'of RSA without its null',
    rsaSigner,
    rsaKeyOf(der(0x30, der(0x30, rsaAlgorithm.subarray(2, 13)), rsaSpki.subarray(19))),
  ],
  [
    'of RSA with a zero before the modulus',
    rsaSigner,
    rsaKeyOf(rsaPublic(der(0x02, Buffer.of(0, 0), modulus), exponent)),
  ],
  [
    'of RSA with a zero before the exponent',
    rsaSigner,
    rsaKeyOf(rsaPublic(der(0x02, Buffer.of(0), modulus), der(0x02, Buffer.of(0, 1, 0, 1)))),
  ],
  [
    'of RSA with a third number',
    rsaSigner,
    rsaKeyOf(rsaPublic(der(0x02, Buffer.of(0), modulus), exponent, exponent)),
  ],
  ['of RSA with bytes behind it', rsaSigner, rsaKeyOf(Buffer.concat([rsaSpki, Buffer.of(0)]))],
  ['of RSA as PKCS #1', rsaSigner, rsaKeyOf(rsaSpki.subarray(24))],
];

describe('G9 one key in two entries', () => {
  it('the pieces of these cases are what they seem', () => {
    expect(rsaPublic(der(0x02, Buffer.of(0), modulus), exponent).equals(rsaSpki)).toBe(true);
    const key: KeyObject = ecSigner.key.object;
    expect(key.asymmetricKeyType).toBe('ec');
  });

  for (const role of ['targets', 'timestamp', 'targets/a']) {
    it.each(again)(`the key of ${role} in two entries counts once: %s`, async (_, signer, entry) => {
      const collection = freshCollection();
      const keys = [signer, under(signer, entry)];
      expect(keys[0]?.id).not.toBe(keys[1]?.id);
      giveKeys(collection, role, { keys, threshold: 2, signedBy: keys });
      await expectRefused(collection, role);
      giveKeys(collection, role, { keys, threshold: 1, signedBy: keys });
      await expectTrusted(collection, role);
    });
  }
});

describe('G9 a role with fewer keys than its threshold', () => {
  it.each(roles)(
    'the role %s with fewer keys than its threshold is unusable, and the file that lists it is sound',
    async (role) => {
      const collection = freshCollection();
      const one = signerFor(collection, role);
      giveKeys(collection, role, { keys: [one], threshold: 2, signedBy: [one] });
      const { kept } = await verdictOn(collection, role);
      await expectRefused(collection, role);
      expect(kept.includes(role.includes('/') ? 'targets' : 'root')).toBe(role !== 'root');
    },
  );

  it.each(roles)('the role %s without any key is unusable', async (role) => {
    const collection = freshCollection();
    const one = signerFor(collection, role);
    giveKeys(collection, role, { keys: [], threshold: 1, signedBy: [one] });
    await expectRefused(collection, role);
  });

  it('a delegation with fewer keys than its threshold lets other delegations and the roles above be read, also below it', async () => {
    const collection = freshCollection();
    giveKeys(collection, 'targets/a', { keys: [plainSigner()], threshold: 3, signedBy: [plainSigner()] });
    const { error, kept } = await verdictOn(collection, 'targets/a');
    expect(error).toBeUndefined();
    expect([...kept].sort()).toEqual(['root', 'snapshot', 'targets', 'targets/b', 'timestamp']);
  });

  it('a delegation with fewer keys than its threshold may be listed with a null for its keys, as Notary writes it', async () => {
    const collection = freshCollection();
    collection.editDelegation('targets/a', (entry) => edited(entry, ['keyids'], null));
    collection.settle();
    await expectRefused(collection, 'targets/a');
  });
});
