/** Makes random states of a repository, without a server, for comparing them. */

import type { FileMeta } from '../../../src/metadata/file-meta.ts';
import { baseRoles } from '../../../src/metadata/role-name.ts';
import type { RepositoryState, RoleFile, RoleState } from '../../../src/review/state.ts';
import { plainSigner } from '../../support/metadata-author.ts';
import type { Random } from '../../support/seeded-random.ts';

const keys = Array.from({ length: 4 }, () => plainSigner());
const names = ['targets/releases', 'targets/a', 'targets/a/b', 'targets/Z', 'targets/ü'];
const paths = ['', 'a', 'a/', 'B', 'ü', '10', '9'];
const tags = ['v1', 'v10', 'v9', 'V1', '', 'ü', '\u{1f600}', '\ufb00'];

/** A part of a list, in any order. */
function some<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .filter(() => random.oneIn(2))
    .map((item) => ({ item, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function randomMeta(random: Random): FileMeta {
  const hash = Buffer.alloc(32, random.below(2)).toString('base64');
  return {
    ...{ length: random.below(2), hashes: new Map([['sha256', hash]]) },
    ...(random.oneIn(4) && { custom: new Map([['n', random.below(2)]]) }),
  };
}

function randomFile(random: Random): RoleFile {
  const targets = new Map(some(tags, random).map((tag) => [tag, randomMeta(random)] as const));
  return {
    content: {
      ...{ version: random.below(5), expires: '2030-01-01T00:00:00Z', targets },
      delegations: { keys: new Map(), roles: [] },
    },
    ...{ envelope: undefined, standing: random.pick(['trusted', 'untrusted'] as const) },
  };
}

function randomRole(name: string, random: Random): RoleState {
  const listed = some(keys, random).map(({ id, entry }) => [id, entry] as const);
  return {
    ...{ name, keys: new Map(listed), threshold: 1 + random.below(2) },
    paths: (baseRoles as readonly string[]).includes(name) ? [] : some(paths, random),
    ...(random.oneIn(3) ? {} : { file: randomFile(random) }),
  };
}

/** Base roles and some delegations, in any order. */
export function randomState(random: Random): RepositoryState {
  const roles = [...baseRoles, ...some(names, random)].map((name) => randomRole(name, random));
  return {
    ...{ gun: 'docker.io/acme/app', ends: new Map() },
    roles: new Map(some(roles, random).map((role) => [role.name, role] as const)),
  };
}
