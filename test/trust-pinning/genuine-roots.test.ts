import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { keyId } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import type { TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { fixture } from '../support/fixture-files.ts';
import { available } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { type GenuineReader, genuineReader } from '../support/genuine/verdict.ts';
import {
  anyUsage,
  basicConstraints,
  bmpString,
  distinguishedName,
  type Extension,
  handMade,
  keyCertSign,
  oids,
  printableString,
  usages,
  utf8String,
} from '../support/hand-made-certificate.ts';
import { der } from '../support/key-samples.ts';
import { loadCollection } from '../support/load-collection.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { plainSigner, rootContent, type Signer, sealed } from '../support/metadata-author.ts';
import {
  authorityExtensions,
  type IssuedCertificate,
  issue,
  leafExtensions,
} from '../support/openssl-certificates.ts';
import { resealed, type SealedCollection, sealedCollection, signerOf } from '../support/sealed-collection.ts';

/** Small letters only: the genuine client cannot pin others. */
const gun = 'docker.io/alice/demo';
const now = new Date(Date.now() + 60_000);
const collection = sealedCollection({ gun, now, delegations: [] });

const pemOf = (bytes: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
const key = generateEcdsaKey();
const made = (commonName = gun, at = now) =>
  createRootCertificate(key, commonName, at, seededRandom(commonName));
const byHand = (names: readonly Uint8Array[], extensions: readonly Extension[] = [], dates = {}) =>
  pemOf(handMade({ key: key.object, names, extensions, ...dates }));

function signer(pem: string, privateKey: PrivateKey = key, keyType = 'ecdsa-x509'): Signer {
  const entry = { ...certificateKey('ecdsa', pem), keyType };
  return { id: keyId(entry), entry, key: privateKey };
}
const issued = (one: IssuedCertificate, ...between: readonly IssuedCertificate[]) =>
  signer([one, ...between].map(({ pem }) => pem).join(''), privateKeyOf(one.key));

/** The collection under another root. */
function under(signers: readonly Signer[], threshold = 1, by = signers): SealedCollection {
  const content = rootContent({
    ...{
      root: signers,
      targets: [signerOf(collection, 'targets')],
      thresholds: { root: threshold },
      version: 5,
    },
    ...{
      snapshot: signerOf(collection, 'snapshot').entry,
      timestamp: signerOf(collection, 'timestamp').entry,
    },
  });
  return resealed(collection, new Map([['root', sealed(content, ...by)]]));
}

describe.skipIf(!available('notary'))('the genuine client', () => {
  let reader: GenuineReader;
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    reader = await genuineReader();
    folder = makeScratch();
  });
  afterAll(async () => {
    await reader.close();
    removeScratch(folder);
  });

  interface Pins {
    readonly certs?: Readonly<Record<string, readonly string[]>>;
    /** PEM by prefix; undefined for a file that does not exist. */
    readonly ca?: Readonly<Record<string, string | undefined>>;
    readonly disableTofu?: boolean;
  }

  /** The message on which both end, or undefined when both trust the root. */
  async function verdict(read: SealedCollection, pins: Pins = {}): Promise<string | undefined> {
    const files = Object.entries(pins.ca ?? {}).map(([prefix, pem]) => {
      const path = join(folder, `ca-${count++}.pem`);
      if (pem !== undefined) writeFileSync(path, pem);
      return [prefix, path] as const;
    });
    const settings = { certs: pins.certs, ca: Object.fromEntries(files), disable_tofu: pins.disableTofu };
    const { fatal } = await reader.read({ ...read, pinning: settings });
    const pinning: TrustPinning = {
      certs: new Map(Object.entries(pins.certs ?? {})),
      ca: new Map(
        Object.entries(pins.ca ?? {}).map(([prefix, pem]) => [
          prefix,
          pem === undefined ? undefined : Buffer.from(pem),
        ]),
      ),
      disableTofu: pins.disableTofu ?? false,
    };
    expect(loadCollection({ ...read, now }, { pinning }).stop?.error.message).toBe(fatal);
    return fatal;
  }

  describe('which root certificates it believes', () => {
    const old = { from: new Date('2001-01-01T00:00:00Z'), to: new Date('2011-01-01T00:00:00Z') };
    const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);
    const later = (count: number) => ({ from: hours(count), to: hours(count + 1000) });
    const text = made();

    it.each<[string, Signer]>([
      ['as Notary makes them', signer(text)],
      ...['docker.io/alice/*', 'docker.io/*', '*', 'docker.io/alice/demo**', 'docker.io/alice/dem*'].map(
        (name): [string, Signer] => [`for ${name}`, signer(made(name))],
      ),
      ...[
        'docker.io/bob/demo',
        'docker.io/alice',
        'docker.io/Alice/demo',
        '*/demo',
        'docker.io/*/demo',
        '',
      ].map((name): [string, Signer] => [`for ${JSON.stringify(name)}`, signer(made(name))]),
      ['with two names, the last one right', signer(byHand([utf8String('other'), utf8String(gun)]))],
      ['with two names, the first one right', signer(byHand([utf8String(gun), utf8String('other')]))],
      ['with a BMPString', signer(byHand([bmpString(gun)]))],
      ['with a PrintableString that has a star', signer(byHand([printableString('docker.io/*')]))],
      ['without extensions', signer(byHand([utf8String(gun)]))],
      ['of CAs', signer(byHand([utf8String(gun)], [basicConstraints(true), keyCertSign]))],
      ['with empty basic constraints', signer(byHand([utf8String(gun)], [basicConstraints()]))],
      [
        'with an unknown critical extension',
        signer(
          byHand([utf8String(gun)], [{ oid: oids.policyConstraints, critical: true, value: der(0x30) }]),
        ),
      ],
      ['that have expired', signer(byHand([utf8String(gun)], [], old))],
      ['that start in 20 hours', signer(byHand([utf8String(gun)], [], later(20)))],
      ['that start in 30 hours', signer(byHand([utf8String(gun)], [], later(30)))],
      [
        'with their dates the wrong way round',
        signer(byHand([utf8String(gun)], [], { from: old.to, to: old.from })),
      ],
      [
        'signed with SHA-1',
        signer(byHand([utf8String(gun)], [], { algorithm: oids.ecdsaWithSha1, hash: 'sha1' })),
      ],
      [
        'that name two signature algorithms',
        signer(byHand([utf8String(gun)], [], { outerAlgorithm: oids.ecdsaWithSha1 })),
      ],
      [
        'with an extension twice',
        signer(byHand([utf8String(gun)], [basicConstraints(), basicConstraints()])),
      ],
      ['with carriage returns', signer(text.replace(/\n/g, '\r\n'))],
      ['without a newline at the end', signer(text.trimEnd())],
      ['with a comment in front', signer(`# comment\n${text}`)],
      ['with a comment behind', signer(`${text}# comment\n`)],
      ['with a PEM header', signer(text.replace('CERTIFICATE-----\n', 'CERTIFICATE-----\na: b\n\n'))],
      ['with another block behind', signer(`${text}-----BEGIN X-----\nAAAA\n-----END X-----\n`)],
      ['with another block in front', signer(`-----BEGIN X-----\nAAAA\n-----END X-----\n${text}`)],
      ['twice in one bundle', signer(text + text)],
      ['under the type ecdsa', signer(text, key, 'ecdsa')],
      ['under the type rsa-x509', signer(text, key, 'rsa-x509')],
      ['under an unknown type', signer(text, key, 'x509')],
      ['that are none', signer('junk')],
      ['that are bare keys', plainSigner()],
    ])('the genuine client believes the same root certificates as tsnotary: %s', async (_, one) => {
      await verdict(under([one]));
    });

    it('the genuine client believes the same roots with enough signatures', async () => {
      const other = signer(made('docker.io/*'), generateEcdsaKey());
      const second = { ...plainSigner() };
      const third = signer(createRootCertificate(second.key, gun, now, seededRandom('third')), second.key);
      const one = signer(text);
      expect(await verdict(under([one, third], 2))).toBeUndefined();
      expect(await verdict(under([one, third], 2, [one]))).toMatch(/failed to validate integrity of roots$/);
      expect(await verdict(under([one, third], 1, [third]))).toBeUndefined();
      expect(await verdict(under([one, other], 1, [other]))).toMatch(
        /failed to validate integrity of roots$/,
      );
      expect(await verdict(under([one, signer(made('stranger'))], 2))).toMatch(
        /failed to validate integrity of roots$/,
      );
    });

    it('the genuine client believes the same root certificates in bundles', async () => {
      const root = await issue({ name: 'root', extensions: authorityExtensions });
      const middle = await issue({ name: 'middle', issuer: root, extensions: authorityExtensions });
      const weak = await issue({ name: 'weak', extensions: authorityExtensions, digest: 'sha1' });
      const leaf = await issue({ name: gun, issuer: middle });
      const other = await issue({ name: gun, issuer: middle });
      expect(await verdict(under([issued(leaf, middle)]))).toBeUndefined();
      expect(await verdict(under([issued(leaf, middle, root)]))).toBeUndefined();
      expect(await verdict(under([issued(leaf, weak)]))).toMatch(/failed to validate integrity of roots$/);
      for (const bundle of [[leaf, other], [leaf, middle, other], [middle, leaf], [middle]] as const) {
        const [first, ...rest] = bundle;
        const one = { ...issued(first, ...rest), key: privateKeyOf(leaf.key) };
        expect(await verdict(under([one]))).toMatch(/unable to retrieve valid leaf certificates$/);
      }
    });

    it.each([
      'sha1',
      'rsa1024',
      'expired',
      'inverted-dates',
      'p224',
      'p521',
      'rsa3072',
      'secp256k1',
      'ed25519',
      'rsa-pss',
    ])(
      'the genuine client believes the same of a root certificate of the kind %s, whichever key has signed',
      async (name) => {
        // Nobody here has the keys, so that none is believed; what counts is the reason.
        const entry = signer(
          fixture(`certs/${name}.crt`).toString(),
          key,
          name.startsWith('rsa') || name === 'sha1' ? 'rsa-x509' : 'ecdsa-x509',
        );
        const named = sealedCollection({ gun: name, now, delegations: [] });
        const content = rootContent({
          ...{ root: [entry], targets: [signerOf(named, 'targets')], version: 5 },
          ...{ snapshot: signerOf(named, 'snapshot').entry, timestamp: signerOf(named, 'timestamp').entry },
        });
        expect(await verdict(resealed(named, new Map([['root', sealed(content, entry)]])))).toBeDefined();
      },
    );
  });

  describe('which pins it holds roots to', () => {
    const mine = signer(made());
    const yours = signer(made('docker.io/*'));

    it.each<[string, Pins]>([
      ['nothing', {}],
      ['no trust on first use', { disableTofu: true }],
      ['its ID', { certs: { [gun]: [mine.id] } }],
      ['its ID among others', { certs: { [gun]: [yours.id, mine.id] } }],
      ['another ID', { certs: { [gun]: [yours.id] } }],
      ['no ID', { certs: { [gun]: [] } }],
      ['its canonical ID', { certs: { [gun]: [mine.key.keyId] } }],
      ['a star', { certs: { 'docker.io/alice/*': [mine.id] } }],
      ['another ID under a star', { certs: { 'docker.io/*': [yours.id] } }],
      ['a star over everything', { certs: { '*': [yours.id] } }],
      ['the longer star', { certs: { 'docker.io/*': [yours.id], 'docker.io/alice/*': [mine.id] } }],
      [
        'the longer star, which is wrong',
        { certs: { 'docker.io/*': [mine.id], 'docker.io/alice/*': [yours.id] } },
      ],
      ['the GUN before a star', { certs: { 'docker.io/alice/demo*': [yours.id], [gun]: [mine.id] } }],
      ['another GUN', { certs: { 'docker.io/alice/demos': [yours.id] } }],
      [
        'another GUN, without trust on first use',
        { certs: { 'docker.io/bob/*': [yours.id] }, disableTofu: true },
      ],
      ['a prefix without a star', { certs: { 'docker.io/alice': [yours.id] } }],
      [
        'an ID before a CA',
        { certs: { [gun]: [mine.id] }, ca: { docker: fixture('certs/authority.crt').toString() } },
      ],
      ['a CA that has not signed it', { ca: { docker: fixture('certs/authority.crt').toString() } }],
      ['a CA of another prefix', { ca: { quay: fixture('certs/authority.crt').toString() } }],
      [
        'a CA with a star in its prefix',
        { ca: { 'docker.io/*': fixture('certs/authority.crt').toString() } },
      ],
      ['a file that does not exist', { ca: { docker: undefined } }],
      ['an empty file', { ca: { docker: '' } }],
      ['a file without PEM', { ca: { docker: 'hello' } }],
      ['a file with a key', { ca: { docker: fixture('keys/p256.pub.pem').toString() } }],
      ['a CA that has expired', { ca: { docker: fixture('certs/expired.crt').toString() } }],
      ['a CA signed with SHA-1', { ca: { docker: fixture('certs/sha1.crt').toString() } }],
      ['a CA with a small key', { ca: { docker: fixture('certs/rsa1024.crt').toString() } }],
      ['its own certificate', { ca: { docker: made() } }],
    ])('the genuine client holds roots to the same pins: %s', async (_, pins) => {
      await verdict(under([mine]), pins);
    });

    it('the genuine client holds roots to the same pins with two keys, only one of them pinned', async () => {
      const other = plainSigner();
      const second = signer(createRootCertificate(other.key, gun, now, seededRandom('second')), other.key);
      const pins = { certs: { [gun]: [mine.id] } };
      expect(await verdict(under([mine, second]), pins)).toBeUndefined();
      expect(await verdict(under([mine, second], 1, [second]), pins)).toMatch(
        /failed to validate integrity of roots$/,
      );
      expect(await verdict(under([mine, second], 2), pins)).toMatch(/failed to validate integrity of roots$/);
    });
  });

  describe('which chains it follows to a pinned CA', () => {
    it('the genuine client follows the same chains of certificates made by OpenSSL to a pinned CA', async () => {
      const root = await issue({ name: 'root', extensions: authorityExtensions });
      const middle = await issue({ name: 'middle', issuer: root, extensions: authorityExtensions });
      const stranger = await issue({ name: 'root', extensions: authorityExtensions });
      const short = await issue({
        name: 'short',
        issuer: root,
        extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'],
      });
      const below = await issue({ name: 'below', issuer: short, extensions: authorityExtensions });
      const silent = await issue({
        name: 'silent',
        issuer: root,
        extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,digitalSignature'],
      });
      const coding = await issue({
        name: 'coding',
        extensions: [...authorityExtensions, 'extendedKeyUsage=codeSigning'],
      });
      const leaf = (issuer: IssuedCertificate, ...more: readonly string[]) =>
        issue({ name: gun, issuer, extensions: [...leafExtensions, ...more] });
      const rows: readonly (readonly [
        boolean,
        IssuedCertificate,
        readonly IssuedCertificate[],
        readonly IssuedCertificate[],
      ])[] = [
        [true, await leaf(root), [], [root]],
        [true, await leaf(middle), [middle], [root]],
        [true, await leaf(middle), [], [middle]],
        [true, await leaf(root), [], [stranger, root]],
        [false, await leaf(middle), [], [root]],
        [false, await leaf(root), [], [stranger]],
        [false, await leaf(middle), [middle, root], [stranger]],
        [true, await leaf(short), [short], [root]],
        [false, await leaf(below), [below, short], [root]],
        [false, await leaf(below), [below], [short]],
        [false, await leaf(silent), [silent], [root]],
        [false, await leaf(coding), [], [coding]],
        [true, await leaf(root, 'extendedKeyUsage=serverAuth,codeSigning'), [], [root]],
        [true, await leaf(root, 'extendedKeyUsage=anyExtendedKeyUsage'), [], [root]],
        [false, await leaf(root, 'extendedKeyUsage=codeSigning'), [], [root]],
        [false, await leaf(root, 'extendedKeyUsage=clientAuth'), [], [root]],
        [true, await leaf(root, 'subjectAltName=DNS:a.test'), [], [root]],
      ];
      for (const [trusted, one, between, roots] of rows) {
        const fatal = await verdict(under([issued(one, ...between)]), {
          ca: { docker: roots.map(({ pem }) => pem).join('') },
        });
        expect(fatal).toBe(
          trusted
            ? undefined
            : 'could not validate the path to a trusted root: unable to match any certificates to trust_pinning config',
        );
      }
    });

    it('the genuine client follows the same chains of certificates made by hand to a pinned CA', async () => {
      const rootKey = generateEcdsaKey().object;
      const names = [utf8String('root')];
      const subject = distinguishedName(names);
      const authority = [basicConstraints(true), keyCertSign];
      const unknown: Extension = { oid: oids.policyConstraints, critical: true, value: der(0x30) };
      const root = (extensions: readonly Extension[], dates = {}) =>
        pemOf(handMade({ key: rootKey, names, extensions, ...dates }));
      const leaf = (extensions: readonly Extension[] = [], issuer = subject) =>
        signer(
          pemOf(
            handMade({
              key: key.object,
              names: [utf8String(gun)],
              extensions,
              issuer: { subject: issuer, key: rootKey },
            }),
          ),
        );
      const rows: readonly (readonly [boolean, Signer, string])[] = [
        [true, leaf(), root(authority)],
        [false, leaf(), root([])],
        [false, leaf(), root([basicConstraints()])],
        [false, leaf([], distinguishedName([utf8String('ROOT')])), root(authority)],
        [false, leaf([unknown]), root(authority)],
        [false, leaf(), root([...authority, unknown])],
        [true, leaf([anyUsage]), root(authority)],
        [false, leaf([usages(3)]), root(authority)],
      ];
      for (const [trusted, one, pem] of rows) {
        expect((await verdict(under([one]), { ca: { docker: pem } })) === undefined).toBe(trusted);
      }
    });
  });
});
