/** New keys for a base role, published at once and apart from staged changes (Notary 0.7.0). */

import { canonicalKeyId } from '../crypto/key-object.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { isBaseRole } from '../metadata/role-name.ts';
import { baseRole } from '../metadata/root.ts';
import { replaceBaseKeys } from '../tuf/base-keys.ts';
import { type BegunRotation, begunRotation, recordRotation } from './begun-rotation.ts';
import { legacyRootKeys } from './legacy-roots.ts';
import { newRoleKeys, type Rotation } from './new-role-keys.ts';
import { publishChanges } from './publish.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { update } from './update.ts';

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
 * has been seen to serve the new root is the private key of a replaced targets or snapshot key deleted.
 *
 * When it fails before anything was sent, the key that was made for it is removed again. When it fails
 * later, both keys stay, and the next rotation of the role goes on where this one stopped: it finishes
 * one that the server has taken, and uses the key made for one that it has not.
 *
 * @throws NotaryError the codes of `checkRotation` and `publish`
 */
export async function rotateKey(ports: RepositoryPorts, rotation: Rotation): Promise<void> {
  checkRotation(rotation.role, rotation.serverManaged);
  await ports.lock.hold(async () => {
    const begun = await begunRotation(ports.journal, rotation.role);
    if (begun !== undefined && (await finishTaken(ports, rotation, begun))) return;
    await rotate(ports, rotation, begun);
  });
}

/** @returns true when a rotation that the server took before is the one that is asked for now */
async function finishTaken(
  ports: RepositoryPorts,
  { role, serverManaged, newKeyIds }: Rotation,
  begun: BegunRotation,
): Promise<boolean> {
  if (begun.oldKeys.length === 0) return false;
  const published = await publishedKeys(ports, role);
  if (published === undefined || !sameIds(published, begun.newKeys)) return false;
  await conclude(ports, role, begun);
  const asked = newKeyIds.length > 0 ? sameIds(newKeyIds, begun.newKeys) : begun.origin !== 'brought';
  if (!asked || serverManaged !== (begun.origin === 'server')) return false;
  ports.log.warn(
    `the rotation of the ${role} key of ${ports.gun} that was begun before had reached the server; it is complete now`,
    'ROTATION_RESUMED',
  );
  return true;
}

/** Canonical IDs of a role's keys in the root that the server serves; undefined when it has none. */
async function publishedKeys(ports: RepositoryPorts, role: string): Promise<readonly KeyId[] | undefined> {
  try {
    const { root } = await update(ports, { checkExists: true });
    return [...baseRole(root.content, role).keys.values()].map(canonicalKeyId);
  } catch (error) {
    if (isNotaryError(error, 'REPOSITORY_NOT_EXIST')) return undefined;
    throw error;
  }
}

function sameIds(one: readonly KeyId[], other: readonly KeyId[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

async function rotate(
  ports: RepositoryPorts,
  rotation: Rotation,
  begun: BegunRotation | undefined,
): Promise<void> {
  const { role, legacyVersions } = rotation;
  const journal = journalOf(ports, role);
  const leftOver = begun?.origin === 'made' ? begun.newKeys[0] : undefined;
  const { keys, made } = await newRoleKeys(ports, rotation, leftOver);
  const intent = { newKeys: keys.map(canonicalKeyId), origin: originOf(rotation) };
  const progress: { sent: boolean; replaced: readonly PublicKey[] } = { sent: false, replaced: [] };
  try {
    if (made !== undefined) await journal.record({ ...intent, oldKeys: [] });
    await publishChanges(ports, {
      changes: async () => [],
      edit: (repo) => {
        progress.replaced = replaceBaseKeys(repo, role, keys);
      },
      legacyRootKeys: (root) => legacyRootKeys(ports, root, legacyVersions),
      onUpload: async () => {
        await journal.record({ ...intent, oldKeys: progress.replaced.map(canonicalKeyId) });
        progress.sent = true;
      },
    });
  } catch (error) {
    if (progress.sent) throw resumable(error, ports.gun, role);
    if (made !== undefined) {
      await ports.cryptoService.remove(made);
      await journal.remove();
    }
    throw error;
  }
  await conclude(ports, role, { ...intent, oldKeys: progress.replaced.map(canonicalKeyId) });
}

function originOf({ serverManaged, newKeyIds }: Rotation): BegunRotation['origin'] {
  if (serverManaged) return 'server';
  return newKeyIds.length > 0 ? 'brought' : 'made';
}

/** No key of the timestamp is ever here, so there is nothing to remember of its rotation. */
function journalOf({ journal }: Pick<RepositoryPorts, 'journal'>, role: string) {
  const kept = role !== 'timestamp';
  return {
    record: async (rotation: BegunRotation) => (kept ? recordRotation(journal, role, rotation) : undefined),
    remove: async () => (kept ? journal.remove(role) : undefined),
  };
}

/**
 * What is left to do once the server has the new keys. Former root keys stay: old roots are signed by
 * them.
 */
async function conclude(ports: RepositoryPorts, role: string, begun: BegunRotation): Promise<void> {
  try {
    if (role === 'targets' || role === 'snapshot') {
      for (const id of begun.oldKeys) {
        if (!begun.newKeys.includes(id)) await ports.cryptoService.remove(id);
      }
    }
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
