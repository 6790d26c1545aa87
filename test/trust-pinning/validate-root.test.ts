import { describe, expect, it } from 'vitest';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { parseRoot, type Root } from '../../src/metadata/root.ts';
import { parseEnvelope, type Signed } from '../../src/metadata/signed.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { validateRoot } from '../../src/trust-pinning/validate-root.ts';
import { verifySignatures } from '../../src/tuf/verify-signatures.ts';
import {
  certifiedSigner,
  plainSigner,
  rootContent,
  type Signer,
  sealed,
} from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const gun = 'docker.io/alice/demo';
const now = new Date('2026-11-22T16:00:00Z');
const other: PublicKey = plainSigner().entry;
const key = (at = now, name = gun) => certifiedSigner(name, at);
const [a, b, c] = [key(), key(), key()];

function root(keys: readonly Signer[], threshold = 1, signers: readonly Signer[] = keys): Signed<Root> {
  const content = rootContent({
    ...{ root: keys, targets: [plainSigner()], snapshot: other, timestamp: other },
    thresholds: { root: threshold },
  });
  return parseRoot(parseEnvelope(sealed(content, ...signers)));
}

const validate = (
  next: Signed<Root>,
  {
    previous,
    pinning = noPinning,
    at = now,
  }: { previous?: Signed<Root>; pinning?: TrustPinning; at?: Date } = {},
) => {
  return () => validateRoot({ root: next, previous, gun, pinning, now: at, verify: verifySignatures });
};
const invalid = (reason: string, code: ErrorCode = 'ROOT_VALIDATION') =>
  refusal(code, `could not validate the path to a trusted root: ${reason}`);
const integrity = invalid('failed to validate integrity of roots');
const rotation = refusal(
  'ROOT_ROTATION',
  'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
);
const pinned = (...ids: readonly string[]): TrustPinning => ({ ...noPinning, certs: new Map([[gun, ids]]) });

describe('G14 a first root', () => {
  it('a first root is believed when it is signed by its own keys', () => {
    expect(validate(root([a]))).not.toThrow();
  });

  it.each([
    ['nobody', [a], 1, [], integrity],
    ['somebody else', [a], 1, [b], integrity],
    ['one of two that are needed', [a, b], 2, [a], integrity],
    ['both of two that are needed', [a, b], 2, [a, b], undefined],
    ['one of two of which one is needed', [a, b], 1, [b], undefined],
    ['one of three twice over', [a, b, c], 2, [a, a], integrity],
  ] as const)(
    'a first root signed by %s is judged by its threshold',
    (_, keys, threshold, signers, error) => {
      const verdict = expect(validate(root(keys, threshold, signers)));
      if (error === undefined) verdict.not.toThrow();
      else verdict.toThrow(error);
    },
  );

  it.each([
    ['no certificate', plainSigner()],
    ['a certificate for another GUN', key(now, 'docker.io/bob/demo')],
    ['a certificate out of date', key(new Date('2001-01-01T00:00:00Z'))],
  ])('a first root with %s is not believed', (_, signer) => {
    expect(validate(root([signer]))).toThrow(invalid('unable to retrieve valid leaf certificates'));
  });

  it('a first root whose certificate is out of date names the time it is good for and the time of the clock', () => {
    expect(validate(root([key(new Date('2001-01-01T00:00:00Z'))]))).toThrow(
      expect.objectContaining({
        details: {
          gun,
          notBefore: '2001-01-01T00:00:00Z',
          notAfter: '2010-12-30T00:00:00Z',
          now: '2026-11-22T16:00:00Z',
        },
      }),
    );
  });

  it('a first root without a certificate for the GUN blames no clock', () => {
    expect(validate(root([plainSigner()]))).toThrow(
      expect.objectContaining({ details: {}, hint: undefined }),
    );
    const hint = expect.stringMatching(
      / is for another name \(CN docker\.io\/bob\/demo\): no client/,
    ) as string;
    expect(validate(root([key(now, 'docker.io/bob/demo')]))).toThrow(expect.objectContaining({ hint }));
  });

  it('a first root is verified under the role root, and a defect of the verification is no missing signature', () => {
    const roles: string[] = [];
    const question = { root: root([a]), previous: root([a]), gun, pinning: noPinning, now };
    validateRoot({ ...question, verify: (_, __, role) => void roles.push(role) });
    expect(roles).toEqual(['root', 'root']);
    const defect = new TypeError('a defect');
    const verify = () => {
      throw defect;
    };
    expect(() => validateRoot({ ...question, verify })).toThrow(defect);
  });

  it('a first root does not count certificates that do not qualify', () => {
    const stranger = key(now, 'docker.io/bob/demo');
    expect(validate(root([a, stranger], 1))).not.toThrow();
    expect(validate(root([a, stranger], 2))).toThrow(integrity);
    expect(validate(root([a, stranger], 1, [stranger]))).toThrow(integrity);
  });

  it('a first root is held to the pins', () => {
    expect(validate(root([a]), { pinning: pinned(a.id) })).not.toThrow();
    expect(validate(root([a]), { pinning: pinned(b.id) })).toThrow(
      invalid('unable to match any certificates to trust_pinning config'),
    );
    expect(validate(root([a]), { pinning: { ...noPinning, disableTofu: true } })).toThrow(
      invalid('invalid trust pinning specified'),
    );
  });

  it('a first root counts the signatures of pinned keys only', () => {
    expect(validate(root([a, b], 1, [b]), { pinning: pinned(a.id) })).toThrow(integrity);
    expect(validate(root([a, b], 1, [a, b]), { pinning: pinned(a.id) })).not.toThrow();
    expect(validate(root([a, b], 2), { pinning: pinned(a.id) })).toThrow(integrity);
    expect(validate(root([a, b], 2), { pinning: pinned(a.id, b.id) })).not.toThrow();
  });
});

describe('G13 a root after another', () => {
  it.each([
    ['the same key', [a], [a], [a], undefined],
    ['old and new key', [a], [b], [a, b], undefined],
    ['the new key alone', [a], [b], [b], rotation],
    ['the old key alone', [a], [b], [a], integrity],
    ['one of two old keys', [a, c], [b], [a, b], undefined],
  ] as const)('a root after another, signed by %s, is judged by both', (_, before, after, signers, error) => {
    const verdict = expect(validate(root(after, 1, signers), { previous: root(before) }));
    if (error === undefined) verdict.not.toThrow();
    else verdict.toThrow(error);
  });

  it('a root that the keys before it have not signed is refused with the GUN named', () => {
    expect(validate(root([b]), { previous: root([a]) })).toThrow(
      expect.objectContaining({ code: 'ROOT_ROTATION', details: { gun } }),
    );
  });

  it('a root after another is held to the threshold of the one before it, and to its own', () => {
    expect(validate(root([c], 1, [a, c]), { previous: root([a, b], 2) })).toThrow(rotation);
    expect(validate(root([c], 1, [a, b, c]), { previous: root([a, b], 2) })).not.toThrow();
    expect(validate(root([b, c], 2, [a, b]), { previous: root([a]) })).toThrow(integrity);
    expect(validate(root([b, c], 2, [a, b, c]), { previous: root([a]) })).not.toThrow();
  });

  it('a root after another may follow one whose certificates have expired, with certificates in date', () => {
    const old = key(new Date('2010-01-01T00:00:00Z'));
    expect(validate(root([b], 1, [old, b]), { previous: root([old]) })).not.toThrow();
    expect(validate(root([old], 1, [old]), { previous: root([old]) })).toThrow(
      invalid('unable to retrieve valid leaf certificates'),
    );
  });

  it('a root after another cannot follow one without any root certificate', () => {
    expect(validate(root([a]), { previous: root([plainSigner()]) })).toThrow(
      invalid('could not retrieve trusted certs from previous root role data'),
    );
    expect(validate(root([a]), { previous: root([key(now, 'other')]) })).toThrow(
      invalid('could not retrieve trusted certs from previous root role data'),
    );
  });

  it('a root after another is held to the pins as well, but not to trust on first use', () => {
    expect(validate(root([a]), { previous: root([a]), pinning: pinned(b.id) })).toThrow(
      invalid('unable to match any certificates to trust_pinning config'),
    );
    expect(
      validate(root([a]), { previous: root([a]), pinning: { ...noPinning, disableTofu: true } }),
    ).not.toThrow();
  });

  it('a root after another is measured against the one before it before the pins are asked', () => {
    expect(validate(root([b]), { previous: root([a]), pinning: pinned(c.id) })).toThrow(rotation);
  });
});

describe('G14 a root whose bundle was written in another way than Go', () => {
  it('a root whose bundle was written in another way than Go does not count the signatures under its listed ID', () => {
    const text = Buffer.from(a.entry.value, 'base64').toString();
    const entry = { keyType: 'ecdsa-x509', value: Buffer.from(`# comment\n${text}`).toString('base64') };
    const spoilt: Signer = {
      ...a,
      entry,
      id: root([{ ...a, entry }]).content.roles.get('root')?.keyIds[0] ?? asListedKeyId(''),
    };
    expect(validate(root([spoilt]))).toThrow(integrity);
    expect(validate(root([spoilt], 1, [spoilt, a]))).not.toThrow();
  });
});
