import { describe, expect, it } from 'vitest';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../src/crypto/signatures/verify-independently.ts';
import { buildEnvelope, parseEnvelope } from '../../src/metadata/signed.ts';
import { checkUpload } from '../../src/tuf/check-upload.ts';
import type { RoleKeySet } from '../../src/tuf/verify-signatures.ts';
import { fixture } from '../support/fixture-files.ts';
import { mapped } from '../support/json-documents.ts';
import { certifiedSigner, edited, plainSigner, type Signer, sealed } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { sealedCollection, signedPart, signerOf } from '../support/sealed-collection.ts';

const collection = sealedCollection();
const own = (role: string) => signerOf(collection, role);
const group = (threshold: number, ...signers: readonly Signer[]): RoleKeySet => ({
  keys: new Map(signers.map(({ id, entry }) => [id, entry])),
  threshold,
});
const file = (role: string) => collection.files.get(role) ?? new Uint8Array();
const check = (role: string, bytes: Uint8Array, groups: readonly RoleKeySet[] = [group(1, own(role))]) => {
  return () => checkUpload(role, bytes, groups, verifySecondOpinion);
};
const refused = (role: string, reason: string | RegExp) =>
  typeof reason === 'string'
    ? refusal('SIGNATURE_SELF_CHECK', `${role} was not uploaded: ${reason}`, { role })
    : refusal('SIGNATURE_SELF_CHECK', reason, { role });
const otherBytes = 'its bytes are not those that the server will hash';
const uploaded = ['root', 'snapshot', 'targets', 'targets/a'];

describe('an upload', () => {
  it.each(uploaded)('an upload of a sound %s passes', (role) => {
    expect(check(role, file(role))).not.toThrow();
  });

  it.each(uploaded)('an upload of %s in other bytes than Go would write is refused', (role) => {
    const text = Buffer.from(file(role)).toString();
    for (const other of [
      ` ${text}`,
      `${text}\n`,
      text.replace('"signed":', '"signed": '),
      text.replace(/^\{("signed":.*),("signatures":.*)\}$/, '{$2,$1}'),
      text.replace('"_type"', '"\\u005ftype"'),
      text.replace('"version":5', '"version":5.0'),
      text.replace('"method":"ecdsa"', '"method":"ECDSA"'),
      text.replace('{"signed"', '{"extra":1,"signed"'),
    ]) {
      expect(other).not.toBe(text);
      expect(check(role, Buffer.from(other))).toThrow(refused(role, otherBytes));
    }
  });

  it.each(uploaded)('an upload of %s with a member that the server drops is refused', (role) => {
    const bytes = sealed(edited(signedPart(collection, role), ['spec_version'], '1.0'), own(role));
    expect(check(role, bytes)).toThrow(refused(role, otherBytes));
  });

  it('an upload of a target name with raw HTML characters is refused', () => {
    const path = ['targets', '<b>'];
    const named = edited(signedPart(collection, 'targets'), path, mapped({ hashes: {}, length: 1 }));
    const bytes = sealed(named, own('targets'));
    expect(check('targets', bytes)).not.toThrow();
    const raw = Buffer.from(Buffer.from(bytes).toString().replace('\\u003cb\\u003e', '<b>'));
    expect(check('targets', raw)).toThrow(refused('targets', otherBytes));
  });

  it('an upload that is no metadata is refused as what it is', () => {
    expect(check('targets', Buffer.from('{}'))).toThrow(refusal('MALFORMED_JSON'));
    expect(check('targets', file('snapshot'))).toThrow(refusal('INVALID_METADATA'));
  });

  it('an upload by a client who may not sign it is refused', () => {
    const stranger = plainSigner();
    const bytes = sealed(signedPart(collection, 'targets'), own('targets'), stranger);
    expect(check('targets', bytes)).toThrow(refused('targets', `key ${stranger.id} may not sign it`));
    expect(check('targets', bytes, [group(1, own('targets')), group(0, stranger)])).not.toThrow();
  });

  it('an upload with a signature that does not verify is refused, although another would do', () => {
    const { signed, signatures } = parseEnvelope(file('targets'));
    const second = plainSigner();
    const bad = signatures.map((one) => ({ ...one, keyId: second.id }));
    const bytes = buildEnvelope(signed, [...signatures, ...bad]).bytes;
    expect(check('targets', bytes, [group(1, own('targets'), second)])).toThrow(
      refused('targets', `the signature of key ${second.id} does not verify`),
    );
  });

  it('an upload with fewer keys than any of its thresholds is refused', () => {
    const [a, b] = [plainSigner(), plainSigner()];
    const by = (...signers: readonly Signer[]) => sealed(signedPart(collection, 'targets'), ...signers);
    const few = refused('targets', 'it has fewer signatures than its threshold');
    expect(check('targets', by(a), [group(2, a, b)])).toThrow(few);
    expect(check('targets', by(a, a), [group(2, a, b)])).toThrow(few);
    expect(check('targets', by(a, b), [group(2, a, b)])).not.toThrow();
    expect(check('targets', by(a), [group(1, a), group(1, b)])).toThrow(few);
    expect(check('targets', by(), [group(1, a)])).toThrow(few);
  });

  it('an upload with one private key under two certificates reaches a threshold of one', () => {
    const a = certifiedSigner(collection.gun, collection.now);
    const b = certifiedSigner('docker.io/*', collection.now, a.key);
    expect(a.id).not.toBe(b.id);
    const bytes = sealed(signedPart(collection, 'root'), a, b);
    expect(check('root', bytes, [group(1, a, b)])).not.toThrow();
    expect(check('root', bytes, [group(2, a, b)])).toThrow(
      refused('root', 'it has fewer signatures than its threshold'),
    );
  });

  it('an upload under an ID that is not that of the key is refused', () => {
    const wrong = { ...plainSigner(), id: asListedKeyId('f'.repeat(64)) };
    const bytes = sealed(signedPart(collection, 'targets'), wrong);
    expect(check('targets', bytes, [group(1, wrong)])).toThrow(
      refused('targets', `the ID of key ${wrong.id} is not that of its content`),
    );
  });

  it('an upload is judged by the verifier that the caller hands in', () => {
    const groups = [group(1, own('targets'))];
    expect(() => checkUpload('targets', file('targets'), groups, () => false)).toThrow(
      refused('targets', /does not verify/),
    );
    expect(() => checkUpload('targets', file('targets'), groups, verifySignature)).not.toThrow();
  });

  it('an upload of a file of the genuine client passes', () => {
    const bytes = fixture('metadata/names/targets.json');
    const { signatures } = parseEnvelope(bytes);
    const root = parseEnvelope(fixture('metadata/names/root.json')).signed;
    const keys = root.get('keys') as ReadonlyMap<string, ReadonlyMap<string, unknown>>;
    const entry = keys.get(signatures[0]?.keyId ?? '');
    const value = (entry?.get('keyval') as ReadonlyMap<string, string>).get('public') ?? '';
    const listed = new Map([
      [signatures[0]?.keyId ?? asListedKeyId(''), { keyType: entry?.get('keytype') as string, value }],
    ]);
    expect(check('targets', bytes, [{ keys: listed, threshold: 1 }])).not.toThrow();
  });
});
