import { describe, expect, it } from 'vitest';
import { publicKeyToJson } from '../../src/crypto/keys/key-entry.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { delegationSigners } from '../../src/tuf/delegation-signers.ts';
import { type BuilderOptions, type LoadOptions, RepoBuilder } from '../../src/tuf/repo-builder.ts';
import { VerificationAllowance } from '../../src/tuf/verification-allowance.ts';
import { fixture } from '../support/fixture-files.ts';
import {
  certifiedSigner,
  edited,
  past,
  plainSigner,
  type Signer,
  sealed,
  signerWith,
} from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import {
  changed,
  resealed,
  type SealedCollection,
  sealedCollection,
  signedPart,
} from '../support/sealed-collection.ts';

const collection = sealedCollection();
const { gun, now, files } = collection;
const bytesOf = (role: string, from: SealedCollection = collection) =>
  from.files.get(role) ?? new Uint8Array();
const any = { minVersion: 1 };

function builderWith(
  roles: readonly string[],
  options: Partial<BuilderOptions> = {},
  from = collection,
): RepoBuilder {
  const builder = new RepoBuilder({ gun, now, pinning: noPinning, ...options });
  for (const role of roles) loadInto(builder, role, bytesOf(role, from));
  return builder;
}

function loadInto(builder: RepoBuilder, role: string, bytes: Uint8Array, options: LoadOptions = any): void {
  if (role === 'root') builder.loadRoot(bytes, options);
  else if (role === 'timestamp') builder.loadTimestamp(bytes, options);
  else if (role === 'snapshot') builder.loadSnapshot(bytes, options);
  else builder.loadTargets(role, bytes, options);
}

describe('the order of loading', () => {
  it.each([
    ['timestamp', [], 'root'],
    ['snapshot', [], 'timestamp'],
    ['snapshot', ['root'], 'timestamp'],
    ['targets', [], 'root'],
    ['targets', ['root'], 'snapshot'],
    ['targets', ['root', 'timestamp'], 'snapshot'],
  ])('the builder, asked for %s after %j, needs %s first', (role, before, missing) => {
    expect(() => loadInto(builderWith(before), role, bytesOf(role))).toThrow(
      refusal('NOT_LOADED', `${missing} has not been loaded yet`, { role: missing }),
    );
  });

  it.each([
    ['targets/a', ['root', 'timestamp', 'snapshot']],
    ['targets/a/b', ['root', 'timestamp', 'snapshot', 'targets']],
    ['targets/a/b', ['root', 'timestamp', 'snapshot', 'targets', 'targets/z']],
    ['targets/unknown', ['root', 'timestamp', 'snapshot', 'targets']],
  ])('the builder, asked for %s after %j, finds no parent that lists it', (role, before) => {
    expect(() => loadInto(builderWith(before), role, bytesOf(role))).toThrow(
      refusal('NO_SUCH_ROLE', `tuf: invalid role ${role}. delegation does not exist`, { role }),
    );
  });

  it.each([...files.keys()])('the builder takes %s once', (role) => {
    const builder = builderWith([...files.keys()]);
    expect(() => loadInto(builder, role, bytesOf(role))).toThrow(
      refusal('INVALID_METADATA', `${role} has already been loaded`, { role }),
    );
  });

  it.each([
    '',
    'root',
    'snapshot',
    'timestamp',
    'mirrors',
    'targets/',
    'targets/A',
    'targets/*',
    '../targets',
  ])('the builder takes no targets file of a role called %j', (role) => {
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets']);
    expect(() => builder.loadTargets(role, bytesOf('targets'), any)).toThrow(
      refusal('INVALID_ROLE', `${role} is an invalid role`, { role }),
    );
  });

  it('the builder does not take a delegation that the snapshot does not know', () => {
    const files = new Map([
      [
        'snapshot',
        changed(collection, 'snapshot', (signed) => edited(signed, ['meta', 'targets/a'], undefined)),
      ],
    ]);
    const other = resealed(collection, files);
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets'], {}, other);
    expect(builder.expected('targets/a')).toBeUndefined();
    expect(() => builder.loadTargets('targets/a', bytesOf('targets/a'), any)).toThrow(refusal('NOT_LOADED'));
  });
});

/** Faults of one file in the order in which they must be found, each with what it does to the file. */
interface Fault {
  readonly refusal: Error;
  readonly content?: (signed: JsonObject) => JsonObject;
  /** Who signs in place of the role's own keys. */
  readonly signers?: readonly Signer[];
  /** The reader has seen a newer one. */
  readonly tooOld?: true;
}

const low = (role: string) =>
  refusal('LOW_VERSION', 'version 5 is lower than current version 6', { role, version: 5, expected: 6 });
const structure = (role: string, type: string): Fault => ({
  refusal: refusal('INVALID_METADATA', `${role} type metadata invalid: expected type ${type}, not nonsense`),
  content: (signed) => edited(signed, ['_type'], 'nonsense'),
});
const expired = (role: string): Fault => ({
  refusal: refusal('EXPIRED', `${role} expired at Wed Jan 1 00:00:00 UTC 2020`),
  content: (signed) => edited(signed, ['expires'], past),
});
const threshold = (role: string): Fault => ({
  refusal: refusal('ROLE_THRESHOLD', `valid signatures did not meet threshold for ${role}`),
  signers: [plainSigner()],
});
const version = (role: string): Fault => ({ refusal: low(role), tooOld: true });
const hash = (role: string): Fault => ({
  refusal: refusal(
    'CHECKSUM_MISMATCH',
    new RegExp(`^sha(256|512) checksum for ${role} did not match: expected [0-9a-f]+$`),
  ),
});

const orders: readonly (readonly [role: string, before: readonly string[], faults: readonly Fault[]])[] = [
  [
    'timestamp',
    ['root'],
    [threshold('timestamp'), structure('timestamp', 'Timestamp'), version('timestamp'), expired('timestamp')],
  ],
  [
    'snapshot',
    ['root', 'timestamp'],
    [
      hash('snapshot'),
      threshold('snapshot'),
      structure('snapshot', 'Snapshot'),
      version('snapshot'),
      expired('snapshot'),
    ],
  ],
  [
    'targets',
    ['root', 'timestamp', 'snapshot'],
    [
      hash('targets'),
      threshold('targets'),
      structure('targets', 'Targets'),
      version('targets'),
      expired('targets'),
    ],
  ],
  [
    'targets/a',
    ['root', 'timestamp', 'snapshot', 'targets'],
    [
      hash('targets/a'),
      structure('targets/a', 'Targets'),
      version('targets/a'),
      threshold('targets/a'),
      expired('targets/a'),
    ],
  ],
];

describe('the checks', () => {
  const rows = orders.flatMap(([role, before, faults]) =>
    faults.map((fault, at) => [`${role}: ${fault.refusal.message}`, role, before, faults.slice(at)] as const),
  );

  it.each(rows)(
    'the checks come in the order of Notary, so that this one is found before those behind it: %s',
    (_, role, before, faults) => {
      const content = (signed: JsonObject) =>
        faults.reduce((part, fault) => fault.content?.(part) ?? part, signed);
      const signers = faults.find((fault) => fault.signers !== undefined)?.signers;
      const file = changed(collection, role, content, signers);
      const mismatched =
        faults[0]?.refusal === orders.find(([name]) => name === role)?.[2][0]?.refusal &&
        role !== 'timestamp';
      const around = mismatched ? collection : resealed(collection, new Map([[role, file]]));
      const minVersion = faults.some(({ tooOld }) => tooOld) ? 6 : 1;
      const builder = builderWith(before, {}, around);
      expect(() => loadInto(builder, role, file, { minVersion })).toThrow(faults[0]?.refusal);
      expect(builder.targets.has(role)).toBe(false);
      expect(builder.expected('targets') === undefined).toBe(role === 'timestamp' || role === 'snapshot');
    },
  );

  it('the checks of the root come in the order of Notary', () => {
    const previous = parseRoot(parseEnvelope(sealedCollection().files.get('root') ?? new Uint8Array()));
    const unpinned: TrustPinning = { ...noPinning, certs: new Map([[gun, ['f'.repeat(64)]]]) };
    const old = (signed: JsonObject) => edited(signed, ['expires'], past);
    const wrongType = (signed: JsonObject) => edited(signed, ['_type'], 'nonsense');
    const plain = (change: (signed: JsonObject) => JsonObject, signers?: readonly Signer[]) =>
      changed(collection, 'root', change, signers);
    const load =
      (bytes: Uint8Array, options: Partial<BuilderOptions>, minVersion = 6) =>
      () =>
        builderWith([], options).loadRoot(bytes, { minVersion });
    const all = { previousRoot: previous, pinning: unpinned };
    const by = [plainSigner()];

    expect(load(Buffer.from('junk'), { ...all, rootMeta: fileMetaOf(Buffer.from('other')) })).toThrow(
      hash('root').refusal,
    );
    expect(load(Buffer.from('junk'), all)).toThrow(refusal('MALFORMED_JSON'));
    expect(
      load(
        plain((signed) => old(wrongType(signed)), by),
        all,
      ),
    ).toThrow(structure('root', 'Root').refusal);
    expect(load(plain(old, by), all)).toThrow(
      refusal(
        'ROOT_ROTATION',
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
      ),
    );
    expect(load(plain(old, by), { pinning: unpinned })).toThrow(
      refusal(
        'ROOT_VALIDATION',
        'could not validate the path to a trusted root: unable to match any certificates to trust_pinning config',
      ),
    );
    expect(load(plain(old, by), {})).toThrow(
      refusal(
        'ROOT_VALIDATION',
        'could not validate the path to a trusted root: failed to validate integrity of roots',
      ),
    );
    expect(load(plain(old), {})).toThrow(low('root'));
    expect(load(plain(old), {}, 5)).toThrow(expired('root').refusal);
    expect(
      load(
        plain((signed) => signed),
        {},
        5,
      ),
    ).not.toThrow();
  });
});

describe('a file with one signature twice', () => {
  it.each([...files.keys()])('a file with one signature twice is refused as %s', (role) => {
    const before = [...files.keys()].slice(0, [...files.keys()].indexOf(role));
    const [signer] = collection.signers.get(role) ?? [];
    if (signer === undefined) throw new Error(`${role} has no signer`);
    const file = changed(collection, role, (signed) => signed, [signer, signer]);
    const around = resealed(collection, new Map([[role, file]]));
    expect(() => loadInto(builderWith(before, {}, around), role, file)).toThrow(
      refusal('ROLE_THRESHOLD', `the signatures of ${role} repeat the key ID ${signer.id}`, {
        role,
        key: signer.id,
      }),
    );
  });
});

describe('an error of reading', () => {
  it.each([...files.keys()])('the error of reading names %s', (role) => {
    const before = [...files.keys()].slice(0, [...files.keys()].indexOf(role));
    const junk = Buffer.from('junk');
    const around = resealed(collection, new Map([[role, junk]]));
    expect(() => loadInto(builderWith(before, {}, around), role, junk)).toThrow(
      expect.objectContaining({
        code: 'MALFORMED_JSON',
        details: expect.objectContaining({ role }) as object,
      }),
    );
  });
});

describe('the keys of a delegation', () => {
  it('the keys of a delegation are those of its list that its parent knows', () => {
    const parent = builderWith([...files.keys()]).targets.get('targets')?.content;
    const entry = parent?.delegations.roles[0];
    if (parent === undefined || entry === undefined) throw new Error('no delegation');
    const signers = delegationSigners(parent, {
      ...entry,
      keyIds: [asListedKeyId('f'.repeat(64)), ...entry.keyIds],
    });
    expect([...signers.keys]).toEqual(entry.keyIds.map((id) => [id, parent.delegations.keys.get(id)]));
  });
});

describe('the allowance for verifying', () => {
  it('is the one that the caller shares out, and is asked for each file', () => {
    const asked: string[] = [];
    class Counting extends VerificationAllowance {
      override forFile(role: string) {
        asked.push(role);
        return super.forFile(role);
      }
    }
    builderWith([...files.keys()], { allowance: new Counting() });
    expect(new Set(asked)).toEqual(new Set(files.keys()));
  });
});

describe('versions', () => {
  it.each([...files.keys()])('the version of %s may stay the same and may rise, but not fall', (role) => {
    const before = [...files.keys()].slice(0, [...files.keys()].indexOf(role));
    const load = (minVersion: number) => () =>
      loadInto(builderWith(before), role, bytesOf(role), { minVersion });
    expect(load(4)).not.toThrow();
    expect(load(5)).not.toThrow();
    expect(load(6)).toThrow(low(role));
  });
});

describe('expiry', () => {
  it.each([...files.keys()])('the expiry of %s can be passed over where the caller says so', (role) => {
    const before = [...files.keys()].slice(0, [...files.keys()].indexOf(role));
    const file = changed(collection, role, (signed) => edited(signed, ['expires'], past));
    const around = resealed(collection, new Map([[role, file]]));
    const load = (allowExpired: boolean) => () =>
      loadInto(builderWith(before, {}, around), role, around.files.get(role) ?? file, {
        minVersion: 1,
        allowExpired,
      });
    expect(load(true)).not.toThrow();
    expect(load(false)).toThrow(expired(role).refusal);
  });
});

describe('a snapshot that speaks of another root', () => {
  const other = resealed(
    collection,
    new Map([['root', changed(collection, 'root', (signed) => edited(signed, ['version'], 6))]]),
  );

  it('a snapshot that speaks of another root is refused, and still says which root to look for', () => {
    const builder = builderWith(['root']);
    loadInto(builder, 'timestamp', bytesOf('timestamp', other));
    expect(builder.expected('root')).toBeUndefined();
    expect(() => loadInto(builder, 'snapshot', bytesOf('snapshot', other))).toThrow(hash('root').refusal);
    expect(builder.snapshot).toBeUndefined();
    expect(builder.expected('root')).toEqual(fileMetaOf(bytesOf('root', other)));
    expect(() => loadInto(builder, 'targets', bytesOf('targets'))).toThrow(refusal('NOT_LOADED'));
  });

  it('a snapshot that speaks of another root binds the next root', () => {
    const rootMeta = fileMetaOf(bytesOf('root', other));
    const builder = builderWith([], { rootMeta });
    expect(builder.expected('root')).toEqual(rootMeta);
    expect(() => loadInto(builder, 'root', bytesOf('root'))).toThrow(hash('root').refusal);
    expect(() => loadInto(builder, 'root', bytesOf('root', other))).not.toThrow();
  });
});

describe('a delegation that cannot be believed', () => {
  const spoilt = (change: (signed: JsonObject) => JsonObject, signers?: readonly Signer[]) => {
    const around = resealed(
      collection,
      new Map([['targets/a', changed(collection, 'targets/a', change, signers)]]),
    );
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets'], {}, around);
    const load =
      (minVersion = 1) =>
      () =>
        loadInto(builder, 'targets/a', bytesOf('targets/a', around), { minVersion });
    return { builder, load };
  };
  const same = (signed: JsonObject) => signed;
  const old = (signed: JsonObject) => edited(signed, ['expires'], past);

  it.each([
    ['below its threshold', same, [plainSigner()], 'ROLE_THRESHOLD', 'threshold'],
    ['expired', old, undefined, 'EXPIRED', 'expired'],
    ['expired and below its threshold', old, [plainSigner()], 'ROLE_THRESHOLD', 'threshold'],
  ] as const)('a delegation that is %s is kept for a witness', (_, change, signers, code, reason) => {
    const { builder, load } = spoilt(change, signers);
    expect(load()).toThrow(refusal(code));
    expect(builder.targets.has('targets/a')).toBe(false);
    expect(builder.unusable.get('targets/a')).toMatchObject({ reason, content: { version: 5 } });
  });

  it.each([
    ['an older version', same, 6, 'LOW_VERSION', undefined],
    [
      'no valid structure',
      (signed: JsonObject) => edited(signed, ['version'], 0),
      1,
      'INVALID_METADATA',
      undefined,
    ],
    ['no signature at all', same, 1, 'NO_SIGNATURES', []],
  ] as const)('a delegation with %s is not kept for a witness', (_, change, minVersion, code, signers) => {
    const { builder, load } = spoilt(change, signers);
    expect(load(minVersion)).toThrow(refusal(code));
    expect(builder.unusable.size).toBe(0);
  });

  it('a delegation that is believed after all is not kept for a witness', () => {
    const { builder, load } = spoilt(old);
    expect(load()).toThrow(refusal('EXPIRED'));
    const file = builder.unusable.get('targets/a')?.envelope.bytes ?? new Uint8Array();
    builder.loadTargets('targets/a', file, { minVersion: 1, allowExpired: true });
    expect(builder.unusable.size).toBe(0);
  });

  it('a delegation that cannot be believed is kept, and never the targets above it', () => {
    const around = resealed(collection, new Map([['targets', changed(collection, 'targets', old)]]));
    const builder = builderWith(['root', 'timestamp', 'snapshot'], {}, around);
    expect(() => loadInto(builder, 'targets', bytesOf('targets', around))).toThrow(
      expired('targets').refusal,
    );
    expect(builder.unusable.size).toBe(0);
  });

  it('is all that a copy may stand in for', () => {
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets']);
    expect(() => builder.standIn('targets/a', bytesOf('targets/a'))).toThrow(
      refusal('NOT_LOADED', 'targets/a has not been loaded yet', { role: 'targets/a' }),
    );
    const { builder: other, load } = spoilt(same, [plainSigner()]);
    expect(load()).toThrow(refusal('ROLE_THRESHOLD'));
    expect(other.standIn('targets/a', bytesOf('targets/a')).content.version).toBe(5);
    expect(other.targets.has('targets/a')).toBe(true);
  });

  it('a delegation whose file is another one than the snapshot names is not kept for a witness', () => {
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets']);
    const other = changed(collection, 'targets/a', same, [plainSigner()]);
    expect(() => loadInto(builder, 'targets/a', other)).toThrow(hash('targets/a').refusal);
    expect(builder.unusable.size).toBe(0);
  });
});

describe('a delegation whose keys come in certificates', () => {
  const load = (signer: Signer) => {
    const parent = changed(collection, 'targets', (signed) => {
      const listed = edited(signed, ['delegations', 'keys', signer.id], publicKeyToJson(signer.entry));
      const roles = ((listed.get('delegations') as JsonObject).get('roles') as readonly JsonObject[]).map(
        (role) => (role.get('name') === 'targets/a' ? edited(role, ['keyids'], [signer.id]) : role),
      );
      return edited(listed, ['delegations', 'roles'], roles);
    });
    const file = sealed(signedPart(collection, 'targets/a'), signer);
    const around = resealed(
      collection,
      new Map([
        ['targets', parent],
        ['targets/a', file],
      ]),
    );
    const builder = builderWith(['root', 'timestamp', 'snapshot', 'targets'], {}, around);
    return () => loadInto(builder, 'targets/a', file);
  };
  it('a delegation whose keys come in certificates does not mind that they have expired since', () => {
    expect(load(certifiedSigner('someone', new Date('2001-01-01T00:00:00Z')))).not.toThrow();
  });

  it.each([
    ['sha1', 'certificate with CN sha1 uses invalid SHA1 signature algorithm'],
    ['rsa1024', 'RSA bit length is too short'],
    ['inverted-dates', 'certificate validity window is invalid'],
  ])('the reader of a delegation refuses the certificate %s', (name, message) => {
    const weak = signerWith(fixture(`certs/${name}.crt`).toString(), plainSigner().key);
    expect(load(weak)).toThrow(refusal('INVALID_CERTIFICATE', message));
  });
});
