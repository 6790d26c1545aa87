import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { chainsTo } from '../../../src/crypto/certificates/path-validation.ts';
import { type Certificate, parseCertificate } from '../../../src/crypto/certificates/x509.ts';
import {
  anyUsage,
  basicConstraints,
  distinguishedName,
  type Extension,
  handMade,
  keyCertSign,
  oids,
  usages,
  utf8String,
} from '../../support/hand-made-certificate.ts';
import { der } from '../../support/key-samples.ts';
import {
  authorityExtensions,
  type IssuedCertificate,
  issue,
  leafExtensions,
} from '../../support/openssl-certificates.ts';

/** A little ahead, since OpenSSL makes certificates that start when they are made. */
const now = new Date(Date.now() + 60_000);
const days = (count: number) => new Date(now.getTime() + count * 24 * 60 * 60 * 1000);

describe('a chain made by OpenSSL', () => {
  let root: IssuedCertificate;
  let middle: IssuedCertificate;
  let leaf: IssuedCertificate;
  let direct: IssuedCertificate;
  let stranger: IssuedCertificate;

  beforeAll(async () => {
    root = await issue({ name: 'root', extensions: authorityExtensions, days: 3000 });
    middle = await issue({ name: 'middle', issuer: root, extensions: authorityExtensions, days: 2000 });
    leaf = await issue({ name: 'leaf', issuer: middle, days: 1000 });
    direct = await issue({ name: 'direct', issuer: root });
    stranger = await issue({ name: 'root', extensions: authorityExtensions });
  });

  const chains = (
    start: IssuedCertificate,
    between: readonly IssuedCertificate[],
    roots: readonly IssuedCertificate[],
    at = now,
  ) =>
    chainsTo(
      start.certificate,
      between.map(({ certificate }) => certificate),
      roots.map(({ certificate }) => certificate),
      at,
    );

  it('a chain made by OpenSSL leads from a leaf to the root that signed it', () => {
    expect(chains(direct, [], [root])).toBe(true);
    expect(chains(direct, [], [stranger, root])).toBe(true);
  });

  it('a chain made by OpenSSL leads through a CA that came with the leaf', () => {
    expect(chains(leaf, [middle], [root])).toBe(true);
    expect(chains(leaf, [stranger, middle], [root])).toBe(true);
  });

  it('a chain made by OpenSSL ends at a CA in the middle when that one is pinned', () => {
    expect(chains(leaf, [], [middle])).toBe(true);
  });

  it('a chain made by OpenSSL ends at the leaf when the leaf itself is pinned', () => {
    expect(chains(leaf, [], [leaf])).toBe(true);
    expect(chains(leaf, [], [direct])).toBe(false);
  });

  it('a chain made by OpenSSL is broken without the CA in the middle', () => {
    expect(chains(leaf, [], [root])).toBe(false);
  });

  it('a chain made by OpenSSL does not end at another CA of the same name', () => {
    expect(chains(direct, [], [stranger])).toBe(false);
  });

  it('a chain made by OpenSSL does not end at a root that only came along', () => {
    expect(chains(leaf, [middle, root], [stranger])).toBe(false);
    expect(chains(leaf, [middle, root], [])).toBe(false);
  });

  it.each([
    ['before any was made', -1, false],
    ['while the leaf is in date', 999, true],
    ['after the leaf', 1001, false],
  ])('a chain made by OpenSSL is judged by the clock: %s', (_, at, verdict) => {
    expect(chains(leaf, [middle], [root], days(at))).toBe(verdict);
  });

  it('a chain made by OpenSSL is broken by a leaf that signs certificates', async () => {
    const signer = await issue({ name: 'signer', issuer: root, extensions: leafExtensions });
    const forged = await issue({ name: 'forged', issuer: signer });
    expect(chains(signer, [], [root])).toBe(true);
    expect(chains(forged, [signer], [root])).toBe(false);
  });

  it('a chain made by OpenSSL is broken by a CA that may not sign certificates', async () => {
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,digitalSignature'];
    const other = await issue({ name: 'other', issuer: root, extensions });
    expect(chains(await issue({ name: 'x', issuer: other }), [other], [root])).toBe(false);
  });

  it.each([
    ['no restriction', [], true],
    ['server authentication', ['extendedKeyUsage=serverAuth'], true],
    ['several, server authentication among them', ['extendedKeyUsage=codeSigning,serverAuth'], true],
    ['any usage', ['extendedKeyUsage=anyExtendedKeyUsage'], true],
    ['code signing, which is what Notary makes', ['extendedKeyUsage=codeSigning'], false],
    ['client authentication', ['extendedKeyUsage=clientAuth'], false],
  ])('a chain made by OpenSSL wants leaves for servers: %s', async (_, usage, verdict) => {
    const one = await issue({ name: 'one', issuer: root, extensions: [...leafExtensions, ...usage] });
    expect(chains(one, [], [root])).toBe(verdict);
    expect(chains(one, [], [one])).toBe(verdict);
  });

  it('a chain made by OpenSSL wants CAs for servers too, the pinned one included', async () => {
    const coding = [...authorityExtensions, 'extendedKeyUsage=codeSigning'];
    const pinned = await issue({ name: 'coding', extensions: coding });
    expect(chains(await issue({ name: 'x', issuer: pinned }), [], [pinned])).toBe(false);
    const between = await issue({ name: 'between', issuer: root, extensions: coding });
    expect(chains(await issue({ name: 'y', issuer: between }), [between], [root])).toBe(false);
  });

  it('a chain made by OpenSSL keeps to the path length of every CA', async () => {
    const extensions = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'];
    const short = await issue({ name: 'short', issuer: root, extensions });
    const below = await issue({ name: 'below', issuer: short, extensions: authorityExtensions });
    expect(chains(await issue({ name: 'x', issuer: short }), [short], [root])).toBe(true);
    const deep = await issue({ name: 'y', issuer: below });
    expect(chains(deep, [below, short], [root])).toBe(false);
    expect(chains(deep, [below], [short])).toBe(false);
  });

  it('a chain made by OpenSSL does not believe SHA-1', async () => {
    const weak = await issue({ name: 'weak', issuer: root, digest: 'sha1' });
    expect(chains(weak, [], [root])).toBe(false);
  });

  it('a chain made by OpenSSL believes RSA and larger curves', async () => {
    const rsa = await issue({ name: 'rsa', extensions: authorityExtensions, newKey: ['rsa:2048'] });
    const p384 = await issue({
      ...{ name: 'p384', issuer: rsa, extensions: authorityExtensions, digest: 'sha512' },
      newKey: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    });
    expect(chains(await issue({ name: 'x', issuer: p384, digest: 'sha384' }), [p384], [rsa])).toBe(true);
  });
});

describe('a chain made by hand', () => {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const rootKey = newKey();
  const rootNames = [utf8String('root')];
  const authority = [basicConstraints(true), keyCertSign];
  const rootAs = (extensions: readonly Extension[], options = {}) =>
    parseCertificate(handMade({ key: rootKey, names: rootNames, extensions, ...options }));
  const issuedBy = (
    key: KeyObject,
    extensions: readonly Extension[] = [],
    subject = distinguishedName(rootNames),
  ) =>
    parseCertificate(
      handMade({ key: newKey(), names: [utf8String('leaf')], extensions, issuer: { subject, key } }),
    );
  const root = rootAs(authority);

  it('a chain made by hand leads from a leaf without extensions to its root', () => {
    expect(chainsTo(issuedBy(rootKey), [], [root], now)).toBe(true);
  });

  it('a chain made by hand needs the CA flag on the pinned certificate', () => {
    expect(chainsTo(issuedBy(rootKey), [], [rootAs([])], now)).toBe(false);
    expect(chainsTo(issuedBy(rootKey), [], [rootAs([basicConstraints()])], now)).toBe(false);
  });

  it('a chain made by hand ends at a pinned certificate of version 1 or 2, which can say nothing of a CA, as in Go', () => {
    for (const version of [1, 2]) {
      const old = rootAs([], { version });
      expect(old.version).toBe(version);
      expect(chainsTo(issuedBy(rootKey), [], [old], now)).toBe(true);
      // Go does not look at extensions of such a certificate.
      expect(chainsTo(issuedBy(rootKey), [], [rootAs([basicConstraints(false)], { version })], now)).toBe(
        true,
      );
    }
  });

  it('a chain made by hand does not lead through a certificate of version 1, only to it', () => {
    const middleKey = newKey();
    const middleNames = [utf8String('middle')];
    const made = {
      key: middleKey,
      names: middleNames,
      issuer: { subject: distinguishedName(rootNames), key: rootKey },
    };
    const leaf = issuedBy(middleKey, [], distinguishedName(middleNames));
    const old = parseCertificate(handMade({ ...made, version: 1 }));
    expect(chainsTo(leaf, [old], [root], now)).toBe(false);
    expect(
      chainsTo(leaf, [parseCertificate(handMade({ ...made, extensions: authority }))], [root], now),
    ).toBe(true);
  });

  it('a chain made by hand does not mind that a leaf names another key of its issuer, as in Go', () => {
    const identifier: Extension = {
      oid: '551d23',
      value: der(0x30, der(0x80, Buffer.from('another key'))),
    };
    const subjectIdentifier: Extension = {
      oid: '551d0e',
      value: der(0x04, Buffer.from('this key')),
    };
    expect(
      chainsTo(issuedBy(rootKey, [identifier]), [], [rootAs([...authority, subjectIdentifier])], now),
    ).toBe(true);
  });

  it('a chain made by hand needs the very name of the issuer', () => {
    const shouting = distinguishedName([utf8String('ROOT')]);
    expect(chainsTo(issuedBy(rootKey, [], shouting), [], [root], now)).toBe(false);
  });

  it('a chain made by hand needs the pinned certificate in date', () => {
    const past = { from: days(-10), to: days(-1) };
    expect(chainsTo(issuedBy(rootKey), [], [rootAs(authority, past)], now)).toBe(false);
    expect(chainsTo(issuedBy(rootKey), [], [rootAs(authority, { from: days(1), to: days(9) })], now)).toBe(
      false,
    );
  });

  it('a chain made by hand is refused for critical extensions that are not understood, on either end', () => {
    const unknown = (critical: boolean): Extension => ({
      oid: oids.policyConstraints,
      critical,
      value: der(0x30),
    });
    expect(chainsTo(issuedBy(rootKey, [unknown(false)]), [], [root], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey, [unknown(true)]), [], [root], now)).toBe(false);
    expect(chainsTo(issuedBy(rootKey), [], [rootAs([...authority, unknown(true)])], now)).toBe(false);
  });

  it('a chain made by hand is refused for constrained names where there are names to constrain', () => {
    const limits = (kind: number, critical: boolean) =>
      rootAs([
        ...authority,
        {
          ...{ oid: oids.nameConstraints, critical },
          value: der(
            0x30,
            der(0xa0, der(0x30, der(kind, kind === 0xa4 ? der(0x30) : Buffer.from('b.test')))),
          ),
        },
      ]);
    const constrained = limits(0x82, true);
    const named: Extension = {
      oid: oids.alternativeNames,
      value: der(0x30, der(0x82, Buffer.from('a.test'))),
    };
    // Names of another kind are not compared, and a limit of directory names is unknown to Go.
    expect(chainsTo(issuedBy(rootKey, [named]), [], [limits(0x81, true)], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey), [], [limits(0xa4, true)], now)).toBe(false);
    expect(chainsTo(issuedBy(rootKey), [], [limits(0xa4, false)], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey), [], [constrained], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey, [named]), [], [root], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey, [named]), [], [constrained], now)).toBe(false);
  });

  it('a chain made by hand takes any usage for server authentication', () => {
    expect(chainsTo(issuedBy(rootKey, [anyUsage]), [], [root], now)).toBe(true);
    expect(chainsTo(issuedBy(rootKey, [usages(3)]), [], [root], now)).toBe(false);
  });

  it('the search gives up where certificates that sign each other would make it endless', () => {
    const subject = distinguishedName(rootNames);
    const key = newKey();
    const circle: Certificate[] = Array.from({ length: 12 }, () =>
      parseCertificate(handMade({ key, names: rootNames, extensions: authority, issuer: { subject, key } })),
    );
    expect(chainsTo(issuedBy(key), circle, [root], now)).toBe(false);
  });
});
