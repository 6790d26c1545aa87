/** Rotates the keys of a base role: publishes new ones at once, apart from staged changes (Notary 0.7.0). */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { nearNames } from '../../encoding/near-names.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { baseRoles, isBaseRole } from '../../metadata/role-name.ts';
import { refuseUnpinned } from '../anchor/refuse-unpinned.ts';
import { cautionOfCreation, existsNowhere } from '../initialize/create-on-publish.ts';
import type { PresentState } from '../key-lifecycle/retire-keys.ts';
import { takeBack } from '../key-lifecycle/take-back-keys.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import {
  isTaken,
  retireReplaced,
  sameIds,
  stillNewKey,
  unusedKey,
} from '../rotation-record/finished-rotations.ts';
import { type RotationRecord, readRotation, rotationJournal } from '../rotation-record/rotation-record.ts';
import { update } from '../update/update.ts';
import { type AddedKeys, namedKeys, newRoleKeys, type Rotation } from './new-role-keys.ts';
import { RotationPublication } from './rotation-publication.ts';

/**
 * Which side may hold which key.
 *
 * @throws NotaryError INVALID_LOCAL_ROLE, INVALID_REMOTE_ROLE, INVALID_ROLE
 */
export function checkRotation(role: string, serverManaged: boolean): void {
  if (!isBaseRole(role)) {
    const [meant] = nearNames(role, baseRoles);
    throw new NotaryError('INVALID_ROLE', `notary does not currently permit rotating the ${role} key`, {
      details: { role },
      hint:
        meant === undefined
          ? 'Keys of delegations are changed with "delegation add" and "delegation remove".'
          : `The roles whose keys are rotated are ${baseRoles.join(', ')}. Did you mean ${meant}?`,
    });
  }
  if (serverManaged && (role === 'targets' || role === 'root')) {
    throw new NotaryError(
      'INVALID_REMOTE_ROLE',
      `notary does not permit the server managing the ${role} key`,
      {
        details: { role },
      },
    );
  }
  if (!serverManaged && role === 'timestamp') {
    throw new NotaryError(
      'INVALID_LOCAL_ROLE',
      'notary does not permit the client managing the timestamp key',
      {
        details: { role },
        hint: 'Rotate it with -r.',
      },
    );
  }
}

/**
 * Rotates, in two phases: the intent is recorded, the new keys are published, and only when the server
 * has been seen to serve the new root is the private key of a replaced targets or snapshot key deleted, if nothing
 * speaks against it (`retireKeys`).
 *
 * When it fails before anything was sent, the keys that were made or stored for it are removed again, as far as
 * nothing else can have come to use them (`takeBack`). When it fails
 * later, all keys stay, and the next rotation of the role goes on where this one stopped: it finishes
 * one that the server has taken, and uses the key made for one that it has not, unless a root may have listed that
 * key in the meantime.
 *
 * @throws NotaryError the codes of `checkRotation` and `publish`; SERVER_KEY_REFUSED
 */
export async function rotateKey(ports: RepositoryPorts, rotation: Rotation): Promise<void> {
  checkRotation(rotation.role, rotation.serverManaged);
  await ports.lock.hold(async () => {
    // The server makes a new key when it is asked for one.
    await refuseUnpinned(ports);
    const begun = await readRotation(ports.journal, rotation.role);
    const standing = begun === undefined ? undefined : await finishEarlierRotation(ports, rotation, begun);
    if (standing !== 'complete') await rotate(ports, rotation, standing?.leftOver);
  });
}

/** A repeated command means the first one; long after that, it means another rotation. */
const sameCommandFor = 60 * 60 * 1000;

/**
 * Finishes a rotation that the server took before.
 *
 * @returns `complete` when that is the one that is asked for now; else the key that was made for it and is still new
 */
async function finishEarlierRotation(
  ports: RepositoryPorts,
  rotation: Rotation,
  begun: RotationRecord,
): Promise<'complete' | { readonly leftOver: CanonicalKeyId | undefined }> {
  const { gun, log } = ports;
  const { role } = rotation;
  if (begun.oldKeys.length === 0) return { leftOver: await unusedKey(ports, role, begun) };
  const published = await publishedState(ports);
  if (published === undefined || !(begun.seen || isTaken(begun, role, published.root))) {
    return { leftOver: await stillNewKey(ports, role, begun, published?.root) };
  }
  await completeRotation(ports, role, begun, published);
  if (begun.seen || !isSameCommand(rotation, begun, ports.clock.now())) return { leftOver: undefined };
  log.warn(
    `the rotation of the ${role} key of ${gun} that was begun before had reached the server; it is complete now`,
    'ROTATION_RESUMED',
  );
  return 'complete';
}

function isSameCommand(rotation: Rotation, begun: RotationRecord, now: Date): boolean {
  const named = namedKeys(rotation);
  if (rotation.serverManaged !== (begun.origin === 'server')) return false;
  // The role has the very keys that are asked for.
  if (named.length > 0) return sameIds(named, begun.newKeys);
  if (begun.origin === 'brought' || begun.at === undefined) return false;
  return Math.abs(now.getTime() - begun.at.getTime()) <= sameCommandFor;
}

/** What the server serves; undefined when it has no such repository. */
async function publishedState(ports: RepositoryPorts): Promise<PresentState | undefined> {
  try {
    const { root, targets } = await update(ports, { checkExists: true, rotations: 'leave' });
    return { root: root.content, targets: [...targets.values()].map(({ content }) => content) };
  } catch (error) {
    if (isNotaryError(error, 'REPOSITORY_NOT_EXIST')) return undefined;
    throw error;
  }
}

async function rotate(
  ports: RepositoryPorts,
  rotation: Rotation,
  leftOver: CanonicalKeyId | undefined,
): Promise<void> {
  const { role } = rotation;
  const journal = rotationJournal(ports, role);
  // Before a key is made, here or by the server: a repository that is nowhere has no keys to replace.
  const creation = (await existsNowhere(ports)) ? await cautionOfCreation(ports) : undefined;
  const added: AddedKeys = { made: undefined, stored: [] };
  let publication: RotationPublication | undefined;
  let present: PresentState;
  try {
    const keys = await newRoleKeys(ports, rotation, leftOver, added);
    const intent: RotationRecord = {
      newKeys: keys.map(canonicalKeyId),
      oldKeys: [],
      origin: originOf(rotation),
      at: ports.clock.now(),
    };
    if (added.made !== undefined) await journal.record(intent);
    publication = new RotationPublication(ports, rotation, keys, intent, creation);
    const { served } = await publishChanges(ports, publication);
    const targets = [...served.targets.values()].map(({ content }) => content);
    present = { root: served.root.content, targets };
  } catch (error) {
    if (publication?.sent === true) throw withResumeHint(error, ports.gun, role);
    await forget(ports, role, added);
    // A root key that was made stays, and its record has the next rotation use it.
    if (added.made !== undefined && role !== 'root') await journal.remove();
    throw error;
  }
  await completeRotation(ports, role, publication.record, present);
}

/** Nothing but what this run has added itself. */
async function forget(ports: RepositoryPorts, role: string, { made, stored }: AddedKeys): Promise<void> {
  const added = made === undefined ? stored : [...stored, made];
  for (const id of added) await takeBack(ports, { id, role, by: 'rotation' });
}

function originOf(rotation: Rotation): RotationRecord['origin'] {
  if (rotation.serverManaged) return 'server';
  return namedKeys(rotation).length > 0 ? 'brought' : 'made';
}

/** Completes the rotation once the server has the new keys. */
async function completeRotation(
  ports: RepositoryPorts,
  role: string,
  begun: RotationRecord,
  present: PresentState,
): Promise<void> {
  try {
    await retireReplaced(ports, role, begun, present);
    if (role === 'root') await nameFormerRootKeys(ports, begun);
    await rotationJournal(ports, role).remove();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, sameWords, {
      details: { gun: ports.gun, role, published: 'yes' },
      hint: `The server has the new ${role} key; only the former private key could not be removed here. The same command goes on where this one stopped.`,
    });
  }
}

/** Root keys are never deleted on the way: they may be those of other repositories, and of readers with an old root. */
async function nameFormerRootKeys(
  { gun, cryptoService, log }: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'log'>,
  { oldKeys, newKeys }: RotationRecord,
): Promise<void> {
  for (const id of oldKeys) {
    if (newKeys.includes(id) || (await cryptoService.info(id))?.role !== 'root') continue;
    log.notice(
      `the former root key ${id} of ${gun} stays on this machine: other repositories may have it, and a later "key rotate -l" signs with it for readers who only know older roots. Back up the new key ${newKeys.join(', ')}, too`,
      'FORMER_ROOT_KEY_KEPT',
    );
  }
}

function withResumeHint(error: unknown, gun: string, role: string): unknown {
  if (!isNotaryError(error)) return error;
  const kept = `The former and the new ${role} key are both kept; the same command goes on where this one stopped.`;
  return rephrased(error, sameWords, {
    details: { gun, role },
    hint: error.hint === undefined ? kept : `${error.hint} ${kept}`,
  });
}
