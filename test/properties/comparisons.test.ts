/** What holds for every comparison of two states, whatever is in them. */

import { describe, expect, it } from 'vitest';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { compareUtf8 } from '../../src/encoding/bytes.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { fileMetaToJson } from '../../src/metadata/file-meta.ts';
import { compare, reversed } from '../../src/review/compare.ts';
import type { RepositoryState } from '../../src/review/state.ts';
import { forCases, runs, seed } from '../support/seeded-random.ts';
import { randomState } from './review/random-states.ts';

/** All that a comparison is about, a line each; unlike the comparison, by plain sets. */
function facts({ roles }: RepositoryState): ReadonlySet<string> {
  return new Set(
    [...roles].flatMap(([role, { keys, paths, threshold, file }]) => [
      ...[`role ${role}`, `threshold ${role} ${threshold}`],
      ...[...keys].map(([id]: readonly [string, PublicKey]) => `key ${role} ${id}`),
      ...paths.map((path) => `path ${role} ${path}`),
      ...[...(file?.content.targets ?? [])].map(
        ([name, meta]) => `target ${role} ${name} ${canonicalJson(fileMetaToJson(meta))}`,
      ),
    ]),
  );
}

describe('comparing states', () => {
  it(`a comparison of random states reversed is the comparison the other way round (seed ${seed})`, () => {
    forCases('reversed', runs(2000), (random) => {
      const [one, other] = [randomState(random), randomState(random)];
      expect(reversed(compare(one, other))).toEqual(compare(other, one));
      expect(reversed(reversed(compare(one, other)))).toEqual(compare(one, other));
    });
  });

  it(`a comparison of a random state with itself, in any order of its parts, is empty (seed ${seed})`, () => {
    forCases('itself', runs(2000), (random) => {
      const state = randomState(random);
      expect(compare(state, state)).toEqual([]);
      expect(compare(state, shuffled(state))).toEqual([]);
    });
  });

  it(`a comparison of random states is empty only when they say the same, and names each fact once (seed ${seed})`, () => {
    forCases('facts', runs(2000), (random) => {
      const [one, other] = [randomState(random), randomState(random)];
      const [before, after] = [facts(one), facts(other)];
      const changes = compare(one, other);
      const gone = [...before].filter((fact) => !after.has(fact));
      const come = [...after].filter((fact) => !before.has(fact));
      const lines = changes.map((change) => JSON.stringify([change.what, change.role, ...subjectOf(change)]));
      expect(new Set(lines).size).toBe(changes.length);
      const count = (what: string, op: string) =>
        changes.filter((change) => change.what === what && (change.op === op || change.op === 'change'))
          .length;
      for (const what of ['role', 'key', 'path', 'target']) {
        const of = (list: readonly string[]) => list.filter((fact) => fact.startsWith(`${what} `)).length;
        expect([what, count(what, 'remove'), count(what, 'add')]).toEqual([what, of(gone), of(come)]);
      }
    });
  });

  it(`a comparison of random states has the same order whatever the order of their parts (seed ${seed})`, () => {
    forCases('order', runs(2000), (random) => {
      const [one, other] = [randomState(random), randomState(random)];
      expect(compare(shuffled(one), shuffled(other))).toEqual(compare(one, other));
    });
  });
});

function subjectOf(change: ReturnType<typeof compare>[number]): readonly string[] {
  if (change.what === 'target') return [change.target];
  if (change.what === 'path') return [change.path];
  return change.what === 'key' ? [change.keyId] : [];
}

/** The same state with all its lists turned around. */
function shuffled(state: RepositoryState): RepositoryState {
  const turned = <K, V>(map: ReadonlyMap<K, V>) => new Map([...map].reverse());
  const roles = [...state.roles].map(([name, role]) => {
    const { file } = role;
    const content = file && { ...file.content, targets: turned(file.content.targets) };
    return [
      name,
      {
        ...{ ...role, keys: turned(role.keys), paths: [...role.paths].sort(compareUtf8) },
        ...(file !== undefined && content !== undefined && { file: { ...file, content } }),
      },
    ] as const;
  });
  return { ...state, roles: turned(new Map(roles)) };
}
