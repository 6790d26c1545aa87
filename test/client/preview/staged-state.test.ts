/** Which files readers will believe once a draft is published, and which of them have to be verified to tell. */

import { beforeEach, describe, expect, it } from 'vitest';
import { targetCreation, targetDeletion, witnessChange } from '../../../src/changelist/change.ts';
import { askedFor, draftState } from '../../../src/client/preview/staged-state.ts';
import { type Updated, update } from '../../../src/client/update/update.ts';
import type { Signed } from '../../../src/metadata/signed.ts';
import type { DelegationRole, Targets } from '../../../src/metadata/targets.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type LoadedRepo, Repo } from '../../../src/tuf/repo.ts';
import { actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const [a, b, c] = ['targets/a', 'targets/b', 'targets/c'];
const nested = `${a}/x`;
const versions = new Map<string, number>();
let loaded: Updated;

beforeEach(async () => {
  const collection = new ForgedCollection({ delegations: [a, b, c, nested] });
  loaded = await update(actor(collection.server, memoryClock(), forgedGun));
});

/** The signatures taken away: from now on only what is known without verifying is believed. */
function unsigned(...unusable: readonly string[]): LoadedRepo {
  const targets = new Map(
    [...loaded.targets].map(([role, { content, envelope }]): [string, Signed<Targets>] => [
      role,
      { content, envelope: { ...envelope, signatures: [] } },
    ]),
  );
  const { root, snapshot } = loaded;
  return {
    root,
    snapshot,
    targets,
    unusable: new Map([...targets].filter(([role]) => unusable.includes(role))),
  };
}

function standings(from: LoadedRepo, edit: (repo: Repo) => void = () => undefined): Record<string, string> {
  const repo = new Repo(from);
  edit(repo);
  const { roles } = draftState(forgedGun, { repo, versions }, from);
  return Object.fromEntries(
    [...roles.values()].flatMap(({ name, file }) => (file ? [[name, file.standing]] : [])),
  );
}

/** Alters the entries of delegations in the list of `targets`. */
function relist(repo: Repo, alter: (entry: DelegationRole) => DelegationRole | undefined): void {
  const draft = repo.draft('targets');
  const { delegations } = draft.content;
  const roles = delegations.roles.flatMap((entry) => alter(entry) ?? []);
  draft.content = { ...draft.content, delegations: { ...delegations, roles } };
  draft.dirty = true;
}

const trusted = { targets: 'trusted', [a]: 'trusted', [b]: 'trusted', [c]: 'trusted', [nested]: 'trusted' };

describe('the files of a draft', () => {
  it('the files of a draft are believed as they were, without being verified again, where no keys change', () => {
    expect(standings(unsigned())).toEqual(trusted);
    expect(standings(unsigned(), (repo) => relist(repo, (entry) => ({ ...entry, paths: ['qa/'] })))).toEqual(
      trusted,
    );
  });

  it('the files of a draft are verified where their keys or their threshold change', () => {
    const change = (repo: Repo) =>
      relist(repo, (entry) => {
        if (entry.name === a) return { ...entry, threshold: 2 };
        return entry.name === b ? { ...entry, keyIds: [] } : { ...entry };
      });
    const left = { targets: 'trusted', [c]: 'trusted' };
    expect(standings(unsigned(), change)).toEqual({ ...left, [a]: 'untrusted', [b]: 'untrusted' });
  });

  it('the files of a draft are verified where the root changes, and where they were not believed', () => {
    const touch = (repo: Repo) => {
      repo.root.dirty = true;
    };
    expect(standings(unsigned(), touch)).toEqual({ targets: 'untrusted' });
    expect(standings(unsigned(b))).toEqual({ ...trusted, [b]: 'untrusted' });
    expect(standings(loaded, touch)).toEqual(trusted);
  });

  it('the files of a draft are verified where the file of the role above was not believed, and is made anew', () => {
    const anew = (repo: Repo) => {
      const content = loaded.targets.get(a)?.content;
      if (content !== undefined) repo.targets.set(a, { content, bytes: undefined, dirty: true });
    };
    const without = ({ root, snapshot, targets, unusable }: LoadedRepo): LoadedRepo => {
      const others = new Map([...targets].filter(([role]) => role !== a));
      return { root, snapshot, unusable, targets: others };
    };
    expect(standings(without(loaded), anew)).toEqual(trusted);
    expect(standings(without(unsigned()), anew)).toEqual({ ...trusted, [nested]: 'untrusted' });
  });

  it('the files of a draft end with the roles that list them', () => {
    const remove = (repo: Repo) => relist(repo, (entry) => (entry.name === a ? undefined : entry));
    expect(standings(unsigned(), remove)).toEqual({ targets: 'trusted', [b]: 'trusted', [c]: 'trusted' });
  });
});

it('the targets that changes are about are named by role, those of other changes are not', () => {
  const meta = fileMetaOf(Buffer.from('v1'));
  const changes = [
    targetCreation(a, 'v1', meta),
    targetDeletion(a, 'v2'),
    targetCreation(b, 'v1', meta),
    witnessChange(c),
  ];
  expect(askedFor(changes)).toEqual(
    new Map([
      [a, new Set(['v1', 'v2'])],
      [b, new Set(['v1'])],
    ]),
  );
});
