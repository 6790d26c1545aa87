/** Deletes the trust data of a collection on this machine, and on the server if asked to. Private keys stay. */

import { counted } from '../../changelist/name-list.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type DeletePorts = Pick<
  RepositoryPorts,
  'gun' | 'local' | 'remote' | 'cache' | 'changelist' | 'lock' | 'caution'
>;

/**
 * The server goes first: when it refuses, nothing is lost here. (Notary 0.7.0 deletes here first.) A collection
 * that does not exist is no error on either side, but a message says so. The command waits for a publish that runs.
 *
 * @throws NotaryError OFFLINE and the server's codes, FILE_UNWRITABLE, COLLECTION_BUSY; when strict,
 * CHANGES_DISCARDED and COLLECTION_NOT_THERE before anything is deleted
 */
export async function deleteTrustData(
  ports: DeletePorts,
  input: { readonly remote: boolean },
): Promise<void> {
  const { local, remote, lock } = ports;
  await lock.hold(async () => {
    await cautionOfLoss(ports);
    await cautionOfAbsence(ports, input.remote);
    if (input.remote) await remote.deleteAll();
    await local.remove();
  });
  await local.removeFolders();
}

async function cautionOfLoss({ gun, changelist, caution }: DeletePorts): Promise<void> {
  const count = (await changelist.list()).length;
  if (count === 0) return;
  const changes = `${counted(count, 'staged change')} of ${gun}`;
  caution(
    'CHANGES_DISCARDED',
    `${changes} will never be published`,
    { gun, count },
    `nothing was deleted, since ${changes} will never be published after that. To discard them first: tsnotary reset ${shellWord(gun)} --all`,
  );
}

async function cautionOfAbsence(ports: DeletePorts, remoteToo: boolean): Promise<void> {
  const { gun, remote, caution } = ports;
  const here = await isHere(ports);
  if (!remoteToo) {
    if (!here) {
      const absent = `nothing of ${gun} is on this machine`;
      caution('COLLECTION_NOT_THERE', absent, { gun }, `${absent}, so nothing was deleted`);
    }
    return;
  }
  if (await isServed(ports)) return;
  const absent = `${remote.location} does not have ${gun}`;
  caution(
    'COLLECTION_NOT_THERE',
    `${absent}; ${here ? 'only what is on this machine is deleted' : 'nothing of it is on this machine either'}`,
    { gun, server: remote.location },
    here
      ? `${absent}; nothing was deleted. To delete what is on this machine: tsnotary delete ${shellWord(gun)}`
      : `${absent}, and nothing of it is on this machine; nothing was deleted`,
  );
}

async function isHere({ cache, changelist }: DeletePorts): Promise<boolean> {
  if ((await changelist.list()).length > 0) return true;
  for (const role of baseRoles) {
    try {
      if ((await cache.get(role)) !== undefined) return true;
    } catch (error) {
      // A changelist that cannot be read counts as not empty.
      if (isNotaryError(error)) return true;
      throw error;
    }
  }
  return false;
}

/** True unless the server says that there is no root. A server that cannot be reached cannot delete either. */
async function isServed({ remote }: DeletePorts): Promise<boolean> {
  try {
    await remote.get('root', sizeLimits.download);
    return true;
  } catch (error) {
    if (isNotaryError(error, 'METADATA_NOT_FOUND')) return false;
    if (isNotaryError(error) && !isNotaryError(error, 'NETWORK', 'OFFLINE')) return true;
    throw error;
  }
}
