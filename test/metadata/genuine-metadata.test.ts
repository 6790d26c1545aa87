import { describe, expect, it } from 'vitest';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../src/crypto/signatures/verify-independently.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { readJson } from '../../src/encoding/json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { parseInstant } from '../../src/encoding/rfc3339.ts';
import { parseRoot, rootToJson } from '../../src/metadata/root.ts';
import { buildEnvelope, type Envelope, parseEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  snapshotToJson,
  timestampToJson,
} from '../../src/metadata/snapshot.ts';
import { parseTargets, targetsToJson } from '../../src/metadata/targets.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../src/tuf/repo-builder.ts';
import { searchTarget } from '../../src/tuf/target-walk.ts';
import { fixture, fixturesIn } from '../support/fixture-files.ts';
import { plain } from '../support/json-documents.ts';

const names = fixturesIn('metadata').filter((name) => name.endsWith('.json'));
const collections = [...new Set(names.map((name) => name.split('/')[1] ?? ''))];
const roleOf = (name: string) =>
  name
    .split('/')
    .slice(2)
    .join('/')
    .replace(/\.json$/, '')
    .replace(/^\d+\./, '');
const text = (name: string) => fixture(name).toString();
const rebuilt = ({ signatures }: Envelope, signed: JsonObject) =>
  Buffer.from(buildEnvelope(signed, signatures).bytes).toString();

/** The signed part through the typed model of its role. */
function remodelled(envelope: Envelope, role: string): JsonObject {
  if (role === 'root') return rootToJson(parseRoot(envelope).content);
  if (role === 'snapshot') return snapshotToJson(parseSnapshot(envelope).content);
  if (role === 'timestamp') return timestampToJson(parseTimestamp(envelope).content);
  return targetsToJson(parseTargets(envelope, role).content);
}

/** When a collection was recorded, more or less: its timestamp lives for a fortnight. */
const recordedAt = (collection: string) => {
  const { signed } = parseEnvelope(fixture(`metadata/${collection}/timestamp.json`));
  return new Date(parseInstant(signed.get('expires') as string) - 13 * 86_400_000);
};

function loaded(collection: string): RepoBuilder {
  const file = (role: string) => fixture(`metadata/${collection}/${role}.json`);
  const builder = new RepoBuilder({
    ...{ gun: `docker.io/fixtures/${collection}`, now: recordedAt(collection), pinning: noPinning },
  });
  const options = { minVersion: 1 };
  builder.loadRoot(file('root'), options);
  builder.loadTimestamp(file('timestamp'), options);
  builder.loadSnapshot(file('snapshot'), options);
  const known = new Set(fixturesIn(`metadata/${collection}`).map(roleOf));
  const load = (role: string): void => {
    if (!known.has(role) || builder.expected(role) === undefined) return;
    const { content } = builder.loadTargets(role, file(role), options);
    for (const { name } of content.delegations.roles) load(name);
  };
  load('targets');
  return builder;
}

it('there are enough files of genuine programs for these tests', () => {
  expect(collections.length).toBeGreaterThanOrEqual(10);
  expect(names.length).toBeGreaterThanOrEqual(58);
});

describe('a file of genuine programs', () => {
  it.each(names)('the genuine file %s is read and written again to the byte', (name) => {
    const envelope = parseEnvelope(fixture(name));
    expect(rebuilt(envelope, envelope.signed)).toBe(text(name));
  });

  it.each(names)('the genuine file %s goes through the typed model to the byte', (name) => {
    const envelope = parseEnvelope(fixture(name));
    expect(rebuilt(envelope, remodelled(envelope, roleOf(name)))).toBe(text(name));
  });

  it.each(names)('the genuine file %s is the same JSON to JSON.parse', (name) => {
    expect(plain(readJson(fixture(name)))).toEqual(JSON.parse(text(name)));
  });

  it.each(names)('the genuine file %s lists every key under the ID of its content', (name) => {
    const { signed } = parseEnvelope(fixture(name));
    const keys = (signed.get('keys') ?? (signed.get('delegations') as JsonObject | undefined)?.get('keys')) as
      | ReadonlyMap<string, JsonObject>
      | undefined;
    for (const [id, entry] of keys ?? []) {
      const key: PublicKey = {
        keyType: entry.get('keytype') as string,
        value: (entry.get('keyval') as JsonObject).get('public') as string,
      };
      expect(keyId(key)).toBe(id);
    }
  });
});

describe('a collection of genuine programs', () => {
  it.each(collections)('the genuine collection %s is loaded and verified whole', (collection) => {
    const builder = loaded(collection);
    const roles = fixturesIn(`metadata/${collection}`)
      .map(roleOf)
      .filter((role) => role.startsWith('targets'));
    const listed = roles.filter((role) => role === 'targets' || isListed(builder, role));
    expect([...builder.targets.keys()].sort()).toEqual(listed.sort());
  });

  it.each(collections)(
    'the genuine collection %s has signatures that both implementations accept',
    (collection) => {
      const builder = loaded(collection);
      const files = [builder.root, builder.timestamp, builder.snapshot, ...builder.targets.values()];
      const roles = ['root', 'timestamp', 'snapshot', ...builder.targets.keys()];
      for (const [at, file] of files.entries()) {
        if (file === undefined) throw new Error('not loaded');
        const { signed, signatures } = file.envelope;
        const keys = new Map([
          ...(builder.root?.content.keys ?? []),
          ...builder.signers(roles[at] ?? '').keys,
        ]);
        for (const { keyId: id, method, signature } of signatures) {
          const key = keys.get(id);
          if (key === undefined) throw new Error(`key ${id} is not listed`);
          const other = signedMessage(new Map<string, JsonValue>([...signed, ['extra', 1]]));
          for (const verify of [verifySignature, verifySecondOpinion]) {
            expect(verify(key, method, signedMessage(signed), signature)).toBe(true);
            expect(verify(key, method, other, signature)).toBe(false);
          }
        }
      }
    },
  );
});

function isListed(builder: RepoBuilder, role: string): boolean {
  const parent = builder.targets.get(role.slice(0, role.lastIndexOf('/')));
  return parent?.content.delegations.roles.some(({ name }) => name === role) ?? false;
}

describe('what is odd in them', () => {
  it('the rotated roots lead from the first to the last, each signed by the one before it', () => {
    const root = (version: number) => fixture(`metadata/rotated-keys/${version}.root.json`);
    const now = recordedAt('rotated-keys');
    const builder = (previousRoot?: ReturnType<typeof parseRoot>) =>
      new RepoBuilder({ gun: 'docker.io/fixtures/rotated-keys', now, pinning: noPinning, previousRoot });
    let previous = builder().loadRoot(root(1), { minVersion: 1 });
    for (let version = 2; version <= 7; version++) {
      previous = builder(previous).loadRoot(root(version), { minVersion: version });
      expect(previous.content.version).toBe(version);
    }
    expect(root(7).equals(fixture('metadata/rotated-keys/root.json'))).toBe(true);
  });

  it('the names of every sort are found by what they are', () => {
    const contents = new Map([...loaded('names').targets].map(([role, { content }]) => [role, content]));
    const file = JSON.parse(text('metadata/names/targets.json')) as {
      signed: { targets: Record<string, { length: number }> };
    };
    const listed = Object.entries(file.signed.targets);
    expect(listed.length).toBeGreaterThanOrEqual(10);
    expect(listed.map(([name]) => name)).toContain('__proto__');
    for (const [name, { length }] of listed) expect(searchTarget(contents, name)?.meta.length).toBe(length);
  });

  it('the custom data is kept whole', () => {
    const { content } = loaded('custom-data').targets.get('targets') ?? {};
    const customs = [...(content?.targets.values() ?? [])].flatMap(({ custom }) =>
      custom === undefined ? [] : [custom],
    );
    expect(customs.length).toBeGreaterThanOrEqual(5);
    for (const custom of customs)
      expect(text('metadata/custom-data/targets.json')).toContain(`"custom":${canonicalJson(custom)}`);
  });

  it('a null stands for a role that has lost its last key, and for a list that has lost its last role', () => {
    expect(text('metadata/keys-removed/targets.json')).toContain('"keyids":null');
    expect(loaded('keys-removed').targets.get('targets')?.content.delegations.roles[0]?.keyIds).toEqual([]);
    expect(text('metadata/role-removed/targets.json')).toContain('"roles":null');
    expect(loaded('role-removed').targets.get('targets')?.content.delegations.roles).toEqual([]);
  });
});
