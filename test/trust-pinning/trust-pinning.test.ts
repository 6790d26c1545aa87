import { beforeAll, describe, expect, it } from 'vitest';
import { keyId } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../src/errors.ts';
import {
  noPinning,
  pinCheck,
  type RootCertificate,
  type TrustPinning,
} from '../../src/trust-pinning/trust-pinning.ts';
import { fixture } from '../support/fixture-files.ts';
import {
  authorityExtensions,
  type IssuedCertificate,
  issue,
  leafExtensions,
} from '../support/openssl-certificates.ts';
import { refusal } from '../support/refusal.ts';

const gun = 'docker.io/Alice/demo';
const now = new Date(Date.now() + 60_000);
const day = 86_400_000;

let root: IssuedCertificate;
let otherRoot: IssuedCertificate;
let middle: IssuedCertificate;
let leaf: IssuedCertificate;
let direct: IssuedCertificate;
let selfSigned: IssuedCertificate;

beforeAll(async () => {
  root = await issue({ name: 'root', extensions: authorityExtensions, days: 3000 });
  otherRoot = await issue({ name: 'other root', extensions: authorityExtensions, days: 3000 });
  middle = await issue({ name: 'middle', issuer: root, extensions: authorityExtensions, days: 2000 });
  leaf = await issue({ name: gun, issuer: middle });
  direct = await issue({ name: gun, issuer: root });
  selfSigned = await issue({ name: gun });
});

function candidate(one: IssuedCertificate, ...between: readonly IssuedCertificate[]): RootCertificate {
  const pem = [one, ...between].map((certificate) => certificate.pem).join('');
  return {
    key: certificateKey('ecdsa', pem),
    leaf: one.certificate,
    intermediates: between.map(({ certificate }) => certificate),
  };
}

const idOf = (...certificates: readonly [IssuedCertificate, ...IssuedCertificate[]]) => {
  const [one, ...between] = certificates;
  return keyId(candidate(one, ...between).key);
};
const pins = (part: Partial<TrustPinning>): TrustPinning => ({ ...noPinning, ...part });
const certs = (entries: Readonly<Record<string, readonly string[]>>) =>
  pins({ certs: new Map(Object.entries(entries)) });
const ca = (entries: Readonly<Record<string, string | undefined>>) =>
  pins({
    ca: new Map(
      Object.entries(entries).map(([prefix, pem]) => [
        prefix,
        pem === undefined ? undefined : Buffer.from(pem),
      ]),
    ),
  });
const accepts = (pinning: TrustPinning, one: RootCertificate, { first = true, of = gun } = {}) =>
  pinCheck(pinning, of, first, now)(one);

describe('G14 no pins', () => {
  it('the first root is trusted when there are no pins', () => {
    expect(accepts(noPinning, candidate(selfSigned))).toBe(true);
  });

  it('the first root is not trusted without pins and without trust on first use', () => {
    const strict = pins({ disableTofu: true });
    expect(() => accepts(strict, candidate(selfSigned))).toThrow(
      refusal(
        'ROOT_VALIDATION',
        'could not validate the path to a trusted root: invalid trust pinning specified',
      ),
    );
    expect(accepts(strict, candidate(selfSigned), { first: false })).toBe(true);
  });
});

describe('G14 a pinned certificate', () => {
  it('a pinned certificate is the one whose entry has the ID', () => {
    const pinning = certs({ [gun]: ['0'.repeat(64), idOf(selfSigned)] });
    expect(accepts(pinning, candidate(selfSigned))).toBe(true);
    expect(accepts(pinning, candidate(direct))).toBe(false);
  });

  it('a pinned certificate is pinned with the CAs that come with it', () => {
    const pinning = certs({ [gun]: [idOf(leaf, middle)] });
    expect(accepts(pinning, candidate(leaf, middle))).toBe(true);
    expect(accepts(pinning, candidate(leaf))).toBe(false);
  });

  it('a pinned certificate is wanted later too, and whether or not trust on first use is off', () => {
    for (const disableTofu of [true, false]) {
      for (const first of [true, false]) {
        const pinning = { ...certs({ [gun]: [idOf(selfSigned)] }), disableTofu };
        expect(accepts(pinning, candidate(selfSigned), { first })).toBe(true);
        expect(accepts(pinning, candidate(direct), { first })).toBe(false);
      }
    }
  });

  it('an empty list of pinned certificates trusts no certificate, and is not trust on first use', () => {
    expect(accepts(certs({ [gun]: [] }), candidate(selfSigned))).toBe(false);
    expect(accepts(certs({ 'docker.io/*': [] }), candidate(selfSigned))).toBe(false);
    expect(
      accepts({ ...certs({ [gun]: [] }), ...{ ca: ca({ docker: root.pem }).ca } }, candidate(direct)),
    ).toBe(false);
  });

  it.each([
    ['docker.io/alice/demo', false],
    ['DOCKER.IO/ALICE/DEMO', false],
    ['docker.io/Alice/demos', false],
    ['docker.io/Alice', false],
    ['docker.io/Alice/', false],
    ['docker.io/Alice/demo', true],
    ['docker.io/Alice/*', true],
    ['docker.io/alice/*', false],
    ['docker.io/Ali*', true],
    ['docker.io/Alice/demo*', true],
    ['*', true],
    ['docker.io/*/demo', false],
    ['*/demo', false],
    ['docker.io/Alice/demo/*', false],
  ])('a certificate pinned under %s concerns the GUN, in its very case: %s', (pattern, concerns) => {
    // A pin that concerns the GUN refuses everybody else; one that does not leaves trust on first use.
    expect(accepts(certs({ [pattern]: ['f'.repeat(64)] }), candidate(selfSigned))).toBe(!concerns);
  });

  it('a certificate pinned under the GUN itself goes before any with a star, and the longest star before the others', () => {
    const mine = [idOf(selfSigned)];
    const nobody = ['f'.repeat(64)];
    const one = candidate(selfSigned);
    expect(accepts(certs({ 'docker.io/Alice/demo*': nobody, [gun]: mine, '*': nobody }), one)).toBe(true);
    expect(accepts(certs({ 'docker.io/Alice/demo*': mine, [gun]: nobody }), one)).toBe(false);
    expect(accepts(certs({ '*': nobody, 'docker.io/Alice/*': mine, 'docker.io/*': nobody }), one)).toBe(true);
    expect(accepts(certs({ 'docker.io/*': mine, 'docker.io/Alice/*': nobody, '*': mine }), one)).toBe(false);
  });

  it('a certificate pinned under a GUN that itself ends in a star is for that GUN too', () => {
    const starred = 'docker.io/odd*';
    expect(accepts(certs({ [starred]: [idOf(selfSigned)] }), candidate(selfSigned), { of: starred })).toBe(
      true,
    );
  });

  it('a pinned certificate goes before a CA', () => {
    const both = { ...certs({ [gun]: [idOf(selfSigned)] }), ca: ca({ 'docker.io': root.pem }).ca };
    expect(accepts(both, candidate(selfSigned))).toBe(true);
    expect(accepts(both, candidate(direct))).toBe(false);
  });
});

describe('G14 a pinned CA', () => {
  it('a pinned CA vouches for what it has signed, directly or through CAs that came along', () => {
    const pinning = ca({ 'docker.io/Alice': root.pem });
    expect(accepts(pinning, candidate(direct))).toBe(true);
    expect(accepts(pinning, candidate(leaf, middle))).toBe(true);
    expect(accepts(pinning, candidate(leaf))).toBe(false);
    expect(accepts(pinning, candidate(selfSigned))).toBe(false);
  });

  it('a pinned CA may be one of several in a file, or the leaf itself', () => {
    expect(accepts(ca({ docker: otherRoot.pem + root.pem }), candidate(direct))).toBe(true);
    expect(accepts(ca({ docker: selfSigned.pem }), candidate(selfSigned))).toBe(true);
    expect(accepts(ca({ docker: selfSigned.pem }), candidate(direct))).toBe(false);
  });

  it('a pinned CA does not vouch for certificates that Notary itself makes: they are for code signing', async () => {
    const coding = await issue({
      name: gun,
      issuer: root,
      extensions: [...leafExtensions, 'extendedKeyUsage=codeSigning'],
    });
    const serving = await issue({
      name: gun,
      issuer: root,
      extensions: [...leafExtensions, 'extendedKeyUsage=serverAuth'],
    });
    expect(accepts(ca({ docker: root.pem }), candidate(coding))).toBe(false);
    expect(accepts(ca({ docker: coding.pem }), candidate(coding))).toBe(false);
    expect(accepts(ca({ docker: root.pem }), candidate(serving))).toBe(true);
  });

  it('a pinned CA needs no star, only a prefix, in its very case', () => {
    for (const prefix of ['', 'd', 'docker.io/Alice/demo', 'docker.io/Ali']) {
      expect(accepts(ca({ [prefix]: root.pem }), candidate(direct))).toBe(true);
      expect(accepts(ca({ [prefix]: root.pem }), candidate(selfSigned))).toBe(false);
    }
    for (const prefix of ['docker.io/alice', 'docker.io/Alice/demo/', 'docker.io/*']) {
      expect(accepts(ca({ [prefix]: root.pem }), candidate(selfSigned))).toBe(true);
    }
  });

  it('a CA pinned under the longest prefix counts alone', () => {
    expect(accepts(ca({ docker: root.pem, 'docker.io/Alice': otherRoot.pem }), candidate(direct))).toBe(
      false,
    );
    expect(
      accepts(
        ca({ docker: otherRoot.pem, 'docker.io/Alice': root.pem, '': otherRoot.pem }),
        candidate(direct),
      ),
    ).toBe(true);
  });

  it('a pinned CA is wanted later too', () => {
    expect(accepts(ca({ docker: root.pem }), candidate(selfSigned), { first: false })).toBe(false);
  });

  const wording = (reason: string) =>
    refusal('ROOT_VALIDATION', `could not validate the path to a trusted root: ${reason}`);
  const cannotLoad = wording('could not load root cert from CA path');
  const invalid = wording('invalid CA certs provided');

  it('a pinned CA that is no PEM says why, as the cause', () => {
    expect(() =>
      accepts(
        ca({ docker: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
        candidate(direct),
      ),
    ).toThrow(expect.objectContaining({ code: 'ROOT_VALIDATION', cause: expect.any(NotaryError) as object }));
  });

  it.each([
    ['cannot be read', undefined, cannotLoad],
    ['is empty', '', cannotLoad],
    ['is no PEM', 'hello', cannotLoad],
    ['holds a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', cannotLoad],
    ['holds a broken certificate', fixture('certs/malformed.crt').toString(), cannotLoad],
    ['has expired', fixture('certs/expired.crt').toString(), invalid],
    ['is signed with SHA-1', fixture('certs/sha1.crt').toString(), invalid],
    ['has a key of 1024 bits', fixture('certs/rsa1024.crt').toString(), invalid],
  ])('a pinned CA in a file that %s stops the GUN, instead of leaving it without a pin', (_, pem, error) => {
    expect(() => accepts(ca({ docker: pem }), candidate(direct))).toThrow(error);
    expect(() => accepts(ca({ docker: pem }), candidate(direct), { first: false })).toThrow(error);
    expect(accepts(ca({ quay: pem }), candidate(selfSigned))).toBe(true);
  });

  it('a pinned CA that has expired is left out of its file', () => {
    const both = fixture('certs/expired.crt').toString() + root.pem;
    expect(accepts(ca({ docker: both }), candidate(direct))).toBe(true);
    const later = new Date(now.getTime() + 4000 * day);
    expect(() => pinCheck(ca({ docker: root.pem }), gun, true, later)).toThrow(invalid);
  });
});
