/** A collection of an owner who has every key, and random changes that are staged for it. */

import { publish } from '../../../src/client/publish/publish.ts';
import { addTarget } from '../../../src/client/stage/add-target.ts';
import { addDelegation, purgeDelegations, removeDelegation } from '../../../src/client/stage/delegations.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { stageWitness } from '../../../src/client/stage/witness.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import type { FileMeta } from '../../../src/metadata/file-meta.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';
import type { Random } from '../../support/seeded-random.ts';

const tags = ['v1', 'v2', 'v3', 'a/1', 'a/2'];
const roles = ['targets/releases', 'targets/a', 'targets/a/b', 'targets/c'];
const paths = ['', 'v', 'a/'];

export async function stagingWorld(random: Random) {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  const owner = actor(server, clock);
  const signers = Array.from({ length: 3 }, () => plainSigner());
  // The last one signs elsewhere.
  for (const { key } of signers.slice(0, 2)) await owner.cryptoService.add(key, 'delegation', '');
  await publish(owner);
  if (random.oneIn(2)) await team.shareSnapshot(owner);
  const keys = signers.map(({ entry }) => entry);
  await team.delegate(owner, 'targets/releases', keys.slice(0, 2));
  await team.delegate(owner, 'targets/a', keys.slice(0, 1 + random.below(3)));
  for (const tag of tags) await team.stageTarget(owner, tag, 'targets/releases', 'targets/a');
  await publish(owner);
  return { server, clock, owner, signers, reader: () => actor(server, clock) };
}

export type StagingWorld = Awaited<ReturnType<typeof stagingWorld>>;

function randomMeta(random: Random): FileMeta {
  const hash = Buffer.alloc(32, random.below(3)).toString('base64');
  return { length: 3, hashes: new Map([['sha256', hash]]) };
}

/** What a change is staged with: roles that are there are taken more often than others. */
interface Scene {
  readonly owner: Actor;
  readonly random: Random;
  readonly signers: readonly Signer[];
  readonly there: readonly string[];
}

type Staging = (scene: Scene) => Promise<unknown>;

const id = ({ entry }: Signer) => canonicalKeyId(entry);
const anyRole = ({ random, there }: Scene) => random.pick(random.oneIn(12) ? roles : ['targets', ...there]);
const delegation = ({ random, there }: Scene) =>
  random.pick(random.oneIn(12) || there.length === 0 ? roles : there);

const add: Staging = (scene) => {
  const { owner, random } = scene;
  return addTarget(owner, { name: random.pick(tags), meta: randomMeta(random), roles: [anyRole(scene)] });
};

const remove: Staging = (scene) =>
  removeTarget(scene.owner, { name: scene.random.pick(tags), roles: [anyRole(scene)] });

const delegate: Staging = ({ owner, random, signers }) =>
  addDelegation(owner, {
    role: random.pick(roles),
    keys: signers
      .filter((_, index) => (index === 0 ? !random.oneIn(6) : random.oneIn(2)))
      .map(({ entry }) => entry),
    paths: random.oneIn(3) ? [random.pick(paths)] : [''],
  });

const removeKey: Staging = (scene) => {
  const { owner, random, signers } = scene;
  return removeDelegation(owner, {
    ...{ role: delegation(scene), keyIds: [id(random.pick(signers))] },
    ...{ paths: random.oneIn(4) ? [random.pick(paths)] : [], allPaths: random.oneIn(10) },
    whole: random.oneIn(8),
  });
};

/** As someone does it who knows that the role must be signed again. */
const replaceSigner: Staging = async (scene) => {
  const role = delegation(scene);
  await removeDelegation(scene.owner, {
    ...{ role, keyIds: [id(scene.random.pick(scene.signers))], paths: [], allPaths: false, whole: false },
  });
  await stageWitness(scene.owner, [role]);
};

/** A key by itself, in a role that may have had it before. */
const addKey: Staging = (scene) =>
  addDelegation(scene.owner, {
    ...{ role: delegation(scene), keys: [scene.random.pick(scene.signers).entry], paths: [] },
  });

const purge: Staging = ({ owner, random, signers }) => purgeDelegations(owner, [id(random.pick(signers))]);

const witness: Staging = (scene) => stageWitness(scene.owner, [delegation(scene)]);

/** Each as often as it stands here. */
const stagings = [
  ...[...Array<Staging>(6).fill(add), remove, remove, delegate, delegate],
  ...[removeKey, removeKey, addKey, addKey, replaceSigner, purge, witness],
];

/**
 * Stages one to three changes.
 *
 * @param there the delegations of the collection
 */
export async function stageSome(
  { owner, signers }: StagingWorld,
  random: Random,
  there: readonly string[],
): Promise<void> {
  const count = 1 + random.below(3);
  for (let round = 0; round < count; round++) await random.pick(stagings)({ owner, random, signers, there });
}
