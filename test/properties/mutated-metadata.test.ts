import { describe, expect, it } from 'vitest';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { parseInstant } from '../../src/encoding/rfc3339.ts';
import { isNotaryError } from '../../src/errors.ts';
import { parseRoot, rootToJson } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  snapshotToJson,
  timestampToJson,
} from '../../src/metadata/snapshot.ts';
import { parseTargets, targetsToJson } from '../../src/metadata/targets.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../src/tuf/repo-builder.ts';
import { verifySignatures } from '../../src/tuf/verify-signatures.ts';
import { actor } from '../support/actor.ts';
import { fixture, fixturesIn } from '../support/fixture-files.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { forCases, forCasesAsync, type Random, runs, share } from '../support/seeded-random.ts';
import { mutate } from './mutated-json.ts';

const options = { minVersion: 1 };

/** A collection of the genuine programs, loaded up to any role. */
class Recorded {
  readonly #name: string;
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #now: Date;
  readonly whole: RepoBuilder;

  constructor(name: string) {
    this.#name = name;
    const roleFiles = fixturesIn(`metadata/${name}`).filter((file) => !/\d\.root\.json$/.test(file));
    const roleOf = (file: string) => file.slice(`metadata/${name}/`.length, -'.json'.length);
    this.#files = new Map(roleFiles.map((file) => [roleOf(file), fixture(file)]));
    const expires = parseEnvelope(this.bytes('timestamp')).signed.get('expires') as string;
    this.#now = new Date(parseInstant(expires) - 13 * 86_400_000);
    this.whole = this.upTo('nothing');
  }

  bytes(role: string): Buffer {
    return this.#files.get(role) ?? Buffer.alloc(0);
  }

  /** A builder into which everything has been loaded that is loaded before the role. */
  upTo(role: string): RepoBuilder {
    const builder = new RepoBuilder({
      gun: `docker.io/fixtures/${this.#name}`,
      now: this.#now,
      pinning: noPinning,
    });
    for (const one of ['root', 'timestamp', 'snapshot', 'targets']) {
      if (one === role) return builder;
      load(builder, one, this.bytes(one));
    }
    return builder;
  }

  /** The delegations that are signed, those below others left out. */
  delegations(): readonly string[] {
    return [...this.#files.keys()].filter(
      (role) => /^targets\/[^/]+$/.test(role) && this.whole.expected(role) !== undefined,
    );
  }
}

function load(builder: RepoBuilder, role: string, bytes: Uint8Array): string {
  if (role === 'root') return canonicalJson(rootToJson(builder.loadRoot(bytes, options).content));
  if (role === 'timestamp')
    return canonicalJson(timestampToJson(builder.loadTimestamp(bytes, options).content));
  if (role === 'snapshot') return canonicalJson(snapshotToJson(builder.loadSnapshot(bytes, options).content));
  return canonicalJson(targetsToJson(builder.loadTargets(role, bytes, options).content));
}

/** As a server that has the keys of snapshot and timestamp could serve it: no checksum stands in the way. */
function loadUnhashed(builder: RepoBuilder, role: string, bytes: Uint8Array): string {
  const envelope = parseEnvelope(bytes);
  verifySignatures(envelope, builder.signers(role), role);
  if (role === 'root') return canonicalJson(rootToJson(parseRoot(envelope).content));
  if (role === 'timestamp') return canonicalJson(timestampToJson(parseTimestamp(envelope).content));
  if (role === 'snapshot') return canonicalJson(snapshotToJson(parseSnapshot(envelope).content));
  return canonicalJson(targetsToJson(parseTargets(envelope, role).content));
}

const collections = [
  'delegations',
  'names',
  'custom-data',
  'docker-signers',
  'rotated-keys',
  'keys-removed',
].map((name) => new Recorded(name));

type Outcome = 'refused' | 'the same';

/** What comes of mutated bytes; anything but a refusal or the very same content is an error. */
function judge(read: (bytes: Uint8Array) => string, bytes: Uint8Array, honest: string): Outcome {
  let found: string;
  try {
    found = read(bytes);
  } catch (error) {
    if (isNotaryError(error)) return 'refused';
    throw error;
  }
  if (found !== honest) throw new Error('something else was believed');
  return 'the same';
}

/** Bytes changed one at a time, or as a writer of JSON would. */
function damaged(bytes: Buffer, random: Random): Buffer {
  if (random.oneIn(2)) return mutate(bytes, random);
  const copy = Buffer.from(bytes);
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(copy.length);
    copy.writeUInt8(copy.readUInt8(at) ^ (1 + random.below(255)), at);
  }
  return copy;
}

interface Reading {
  readonly name: string;
  /** Cases of a plain run. */
  readonly count: number;
  readonly roles: (collection: Recorded) => readonly string[];
  readonly hashed: boolean;
}

const readings: readonly Reading[] = [
  { name: 'the timestamp', count: 30_000, roles: () => ['timestamp'], hashed: true },
  { name: 'the root', count: 6_000, roles: () => ['root'], hashed: true },
  {
    name: 'files that a checksum guards',
    count: 14_000,
    roles: (one) => ['snapshot', 'targets', ...one.delegations()],
    hashed: true,
  },
  {
    name: 'files with checksums that fit',
    count: 50_000,
    roles: (one) => ['snapshot', 'targets', 'root', ...one.delegations()],
    hashed: false,
  },
];

describe('G1 random mutations of genuine metadata', () => {
  it.each(readings.map((reading) => [runs(reading.count), reading.name, reading] as const))(
    'mutated files, %d of %s, are refused, or read as the honest file',
    (count, name, { roles, hashed }) => {
      const builders = new Map<string, { builder: RepoBuilder; honest: string }>();
      const outcomes = { refused: 0, 'the same': 0 };
      forCases(`mutated metadata: ${name}`, count, (random) => {
        const at = random.below(collections.length);
        const collection = collections[at];
        if (collection === undefined) throw new Error('no collection');
        const role = random.pick(roles(collection));
        const place = `${at} ${role}`;
        const bytes = collection.bytes(role);
        const standing = builders.get(place) ?? {
          builder: hashed ? collection.upTo(role) : collection.whole,
          honest: loadUnhashed(collection.whole, role, bytes),
        };
        builders.set(place, standing);
        const read = (file: Uint8Array) => (hashed ? load : loadUnhashed)(standing.builder, role, file);
        const outcome = judge(read, damaged(bytes, random), standing.honest);
        outcomes[outcome]++;
        // A role is taken once, so a builder that has it is of no more use.
        if (hashed && outcome === 'the same') builders.delete(place);
      });
      expect(outcomes.refused).toBeGreaterThan(share(count, 0.8));
      if (name !== 'files that a checksum guards')
        expect(outcomes['the same']).toBeGreaterThan(share(count, 0));
    },
  );
});

describe('G1 random bytes changed in what a server sends', () => {
  const count = runs(1_500);

  it(`a list with random bytes changed is refused or the honest one in ${count} cases, and an honest server is believed again`, async () => {
    const collection = new ForgedCollection({ delegations: ['targets/a', 'targets/a/b', 'targets/b'] });
    const listOf = async (reader: ReturnType<typeof actor>) =>
      JSON.stringify(
        (await listTargets(reader, { roles: [] })).map(({ name, role, meta }) => [
          name,
          role,
          meta.length,
          [...meta.hashes],
        ]),
      );
    const fresh = () => actor(collection.server, memoryClock(), forgedGun);
    const honest = await listOf(fresh());
    const files = new Map(collection.files);
    let refused = 0;
    await forCasesAsync('served bytes', count, async (random) => {
      const role = random.pick([...files.keys()]);
      const reader = fresh();
      if (random.oneIn(2)) await listOf(reader);
      const before = new Map(reader.cache.files);
      // Whoever has seen everything asks for the timestamp only.
      if (before.size > 0)
        for (const name of before.keys()) if (random.oneIn(2)) reader.cache.files.delete(name);
      collection.files.set(role, damaged(Buffer.from(files.get(role) ?? []), random));
      try {
        expect(await listOf(reader)).toBe(honest);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        refused++;
      }
      for (const [name, bytes] of reader.cache.files) {
        if (
          name === role &&
          files.get(name) !== bytes &&
          Buffer.compare(bytes, files.get(name) ?? Buffer.alloc(0)) !== 0
        )
          expect(name).toMatch(/^(root|timestamp)$/);
      }
      collection.files.set(role, files.get(role) ?? new Uint8Array());
      expect(await listOf(reader)).toBe(honest);
    });
    expect(refused).toBeGreaterThan(share(count, 1 / 5));
  });
});
