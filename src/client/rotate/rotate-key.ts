/** New keys for a base role, published at once and apart from staged changes (Notary 0.7.0). */

import type { KeyId } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { isBaseRole } from '../../metadata/role-name.ts';
import type { Repo } from '../../tuf/repo.ts';
import { replaceBaseKeys } from '../../tuf/rotate-role-keys.ts';
import type { PresentState } from '../key-lifecycle/retire-keys.ts';
import { checkServerKeyIsNew } from '../key-lifecycle/server-key.ts';
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
import { type BegunRotation, begunRotation, recordRotation } from '../rotation-record/rotation-record.ts';
import { update } from '../update/update.ts';
import { legacyRootKeys } from './legacy-root-keys.ts';
import { type AddedKeys, namedKeys, newRoleKeys, type Rotation } from './new-role-keys.ts';

/**
 * Which side may hold which key.
 *
 * @throws NotaryError INVALID_LOCAL_ROLE, INVALID_REMOTE_ROLE, INVALID_ROLE
 */
export function checkRotation(role: string, serverManaged: boolean): void {
  if (!isBaseRole(role)) {
    throw new NotaryError('INVALID_ROLE', `notary does not currently permit rotating the ${role} key`, {
      details: { role },
      hint: 'Keys of delegations are changed with "delegation add" and "delegation remove".',
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
    const begun = await begunRotation(ports.journal, rotation.role);
    const standing = begun === undefined ? undefined : await settleBegun(ports, rotation, begun);
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
async function settleBegun(
  ports: RepositoryPorts,
  rotation: Rotation,
  begun: BegunRotation,
): Promise<'complete' | { readonly leftOver: KeyId | undefined }> {
  const { gun, log } = ports;
  const { role } = rotation;
  if (begun.oldKeys.length === 0) return { leftOver: await unusedKey(ports, role, begun) };
  const published = await publishedState(ports);
  if (published === undefined || !(begun.seen || isTaken(begun, role, published.root))) {
    return { leftOver: await stillNewKey(ports, role, begun, published?.root) };
  }
  await conclude(ports, role, begun, published);
  if (begun.seen || !isSameCommand(rotation, begun, ports.clock.now())) return { leftOver: undefined };
  log.warn(
    `the rotation of the ${role} key of ${gun} that was begun before had reached the server; it is complete now`,
    'ROTATION_RESUMED',
  );
  return 'complete';
}

function isSameCommand(rotation: Rotation, begun: BegunRotation, now: Date): boolean {
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
  leftOver: KeyId | undefined,
): Promise<void> {
  const { role, legacyVersions } = rotation;
  const journal = journalOf(ports, role);
  const added: AddedKeys = { made: undefined, stored: [] };
  const progress: Progress = { sent: false, replaced: [], repo: undefined, present: undefined };
  let intent: BegunRotation | undefined;
  try {
    const keys = await newRoleKeys(ports, rotation, leftOver, added);
    intent = {
      newKeys: keys.map(canonicalKeyId),
      oldKeys: [],
      origin: originOf(rotation),
      at: ports.clock.now(),
    };
    const begun = intent;
    if (added.made !== undefined) await journal.record(begun);
    const { served } = await publishChanges(ports, {
      changes: async () => [],
      edit: (repo, initial) => {
        if (rotation.serverManaged) {
          // A try that the server may have taken has made it the present key.
          const maybePresent = initial || progress.sent;
          for (const key of keys) checkServerKeyIsNew(ports, repo, { role, key, maybePresent });
        }
        progress.repo = repo;
        progress.replaced = replaceBaseKeys(repo, role, keys).map(canonicalKeyId);
        warnSameKeys(ports, rotation, progress);
      },
      legacyRootKeys: (root) => legacyRootKeys(ports, root, legacyVersions),
      onUpload: async () => {
        const rootVersion = progress.repo?.publishedRoot.version;
        await journal.record({ ...begun, oldKeys: progress.replaced, rootVersion });
        progress.sent = true;
      },
    });
    const targets = [...served.targets.values()].map(({ content }) => content);
    progress.present = { root: served.root.content, targets };
  } catch (error) {
    if (progress.sent) throw resumable(error, ports.gun, role);
    await forget(ports, role, added);
    // A root key that was made stays, and its record has the next rotation use it.
    if (added.made !== undefined && role !== 'root') await journal.remove();
    throw error;
  }
  const { present, replaced } = progress;
  await conclude(ports, role, { ...intent, oldKeys: replaced }, present);
}

/** A try that the server may have taken has made the keys the present ones. */
function warnSameKeys({ gun, caution }: RepositoryPorts, rotation: Rotation, progress: Progress): void {
  const { role } = rotation;
  const named = namedKeys(rotation);
  if (progress.sent || named.length === 0 || !sameIds(named, progress.replaced)) return;
  caution(
    'KEY_IN_USE',
    `the ${role} of ${gun} has the key ${named.join(', ')} already, so that no other key is replaced`,
    { gun, role, keys: named },
  );
}

interface Progress {
  sent: boolean;
  /** Canonical IDs. */
  replaced: readonly KeyId[];
  /** As it was edited in the last try. */
  repo: Repo | undefined;
  /** What the server was seen to serve in the end. */
  present: PresentState | undefined;
}

/** Nothing but what this run has added itself. */
async function forget(ports: RepositoryPorts, role: string, { made, stored }: AddedKeys): Promise<void> {
  const added = made === undefined ? stored : [...stored, made];
  for (const id of added) await takeBack(ports, { id, role, by: 'rotation' });
}

function originOf(rotation: Rotation): BegunRotation['origin'] {
  if (rotation.serverManaged) return 'server';
  return namedKeys(rotation).length > 0 ? 'brought' : 'made';
}

/** No key of the timestamp is ever here, so there is nothing to remember of its rotation. */
function journalOf({ journal }: Pick<RepositoryPorts, 'journal'>, role: string) {
  const kept = role !== 'timestamp';
  return {
    record: async (rotation: BegunRotation) => (kept ? recordRotation(journal, role, rotation) : undefined),
    remove: async () => (kept ? journal.remove(role) : undefined),
  };
}

/** What is left to do once the server has the new keys. */
async function conclude(
  ports: RepositoryPorts,
  role: string,
  begun: BegunRotation,
  present: PresentState,
): Promise<void> {
  try {
    await retireReplaced(ports, role, begun, present);
    await journalOf(ports, role).remove();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw new NotaryError(error.code, error.message, {
      details: { ...error.details, gun: ports.gun, role, published: 'yes' },
      hint: `The server has the new ${role} key; only the former private key could not be removed here. The same command goes on where this one stopped.`,
      cause: error,
    });
  }
}

function resumable(error: unknown, gun: string, role: string): unknown {
  if (!isNotaryError(error)) return error;
  const kept = `The former and the new ${role} key are both kept; the same command goes on where this one stopped.`;
  return new NotaryError(error.code, error.message, {
    details: { ...error.details, gun, role },
    hint: error.hint === undefined ? kept : `${error.hint} ${kept}`,
    cause: error,
  });
}
