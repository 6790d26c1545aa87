/**
 * Compares begun rotations with what the server serves: which have finished, and which of their keys are still
 * unused.
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError } from '../../errors.ts';
import { maxRootSteps } from '../../metadata/limits.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { formerRoots } from '../history/former-roots.ts';
import { keysOfRoles } from '../key-lifecycle/listed-keys.ts';
import {
  nameKept,
  type PresentState,
  type RetiringPorts,
  retireKeys,
  whyHeld,
} from '../key-lifecycle/retire-keys.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type RotationRecord, readRotation, recordRotation } from './rotation-record.ts';

/** Roles of whose rotations there are records. */
const recordedRoles = ['root', 'targets', 'snapshot'] as const;

/** True when the role has the new keys of the rotation. */
export function isTaken(begun: RotationRecord, role: string, root: Root): boolean {
  const published = [...baseRole(root, role).keys.values()].map(canonicalKeyId);
  return begun.oldKeys.length > 0 && sameIds(published, begun.newKeys);
}

export function sameIds(one: readonly CanonicalKeyId[], other: readonly CanonicalKeyId[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

/** The key that was made for a rotation. */
function madeKeyOf({ origin, newKeys }: RotationRecord): CanonicalKeyId | undefined {
  return origin === 'made' ? newKeys[0] : undefined;
}

/**
 * The key that was made for a rotation of which nothing was sent, unless another repository of this machine may have
 * it by now: then it is kept and named.
 */
export async function unusedKey(
  ports: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata' | 'log'>,
  role: string,
  begun: RotationRecord,
): Promise<CanonicalKeyId | undefined> {
  return reusableKey(ports, role, begun, (id) => whyHeld(ports, id));
}

/**
 * The key that was made for a rotation, if it is here and may be used; else it is kept, and a log message names it.
 */
async function reusableKey(
  { cryptoService, gun, log }: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'log'>,
  role: string,
  begun: RotationRecord,
  whyNot: (id: CanonicalKeyId) => Promise<string | undefined>,
): Promise<CanonicalKeyId | undefined> {
  const id = madeKeyOf(begun);
  if (id === undefined || (await cryptoService.info(id)) === undefined) return undefined;
  const reason = await whyNot(id);
  if (reason === undefined) return id;
  nameKept(log, { id, role, gun, reason: `it was made for an earlier rotation, and ${reason}` });
  return undefined;
}

/** Deletes the private keys that a rotation has replaced, as `retireKeys` does. */
export async function retireReplaced(
  ports: RetiringPorts,
  role: string,
  { oldKeys, newKeys }: RotationRecord,
  present: PresentState,
): Promise<void> {
  const replaced = oldKeys.filter((id) => !newKeys.includes(id));
  await retireKeys(ports, role, replaced, present);
}

/**
 * The key that was made for a rotation of which the published root shows nothing, if it is certain that no root has
 * listed it: one that another machine has retired in the meantime must not become current again. In doubt the key is
 * kept, and named.
 *
 * @param published undefined when the server has no such repository
 */
export async function stillNewKey(
  ports: Pick<RepositoryPorts, 'gun' | 'remote' | 'cryptoService' | 'log'>,
  role: string,
  begun: RotationRecord,
  published: Root | undefined,
): Promise<CanonicalKeyId | undefined> {
  return reusableKey(ports, role, begun, (id) => whyNotNew(ports.remote, id, begun, published));
}

async function whyNotNew(
  remote: RepositoryPorts['remote'],
  id: CanonicalKeyId,
  { rootVersion }: RotationRecord,
  published: Root | undefined,
): Promise<string | undefined> {
  const unknown = 'it is not known whether a root has listed it since';
  if (published === undefined || rootVersion === undefined || published.version < rootVersion) return unknown;
  if (published.version - rootVersion > maxRootSteps) return unknown;
  if (lists(published, id)) return `version ${published.version} of the root lists it`;
  for await (const root of formerRoots(remote, published, { from: rootVersion + 1, to: published.version })) {
    if (root === undefined) return unknown;
    if (lists(root, id)) return `version ${root.version} of the root listed it`;
  }
  return undefined;
}

function lists(root: Root, id: CanonicalKeyId): boolean {
  return [...keysOfRoles(root).values()].some((ids) => ids.includes(id));
}

type EndingPorts = RetiringPorts & Pick<RepositoryPorts, 'journal'>;

/**
 * Ends the records of rotations that are seen taken now, so that none is taken up again later.
 *
 * Nothing here fails: what a command was asked for does not depend on it. What cannot be done now is left to the
 * next command.
 *
 * @param deleting true for a caller that holds the lock: the replaced private keys are deleted as well; else a record
 * is marked, and the next publication or rotation deletes them
 */
export async function endTakenRotations(
  ports: EndingPorts,
  present: PresentState,
  deleting: boolean,
): Promise<void> {
  for (const role of recordedRoles) {
    try {
      const begun = await readRotation(ports.journal, role);
      if (begun === undefined || !(begun.seen || isTaken(begun, role, present.root))) continue;
      if (deleting) {
        await retireReplaced(ports, role, begun, present);
        await ports.journal.remove(role);
      } else if (!begun.seen) await recordRotation(ports.journal, role, { ...begun, seen: true });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      ports.log.debug(`the record of a rotation of ${role} is left as it is: ${error.message}`);
    }
  }
}
