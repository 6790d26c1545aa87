/**
 * Takes back the private keys that a command has put into the key store, when it fails before anything was sent.
 *
 * Other commands run at the same time and see the key store as it is, so that a key may be in use by the time its
 * maker fails. A removed key cannot be had back; one that is left over can be removed later.
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import { nameKept, type RetiringPorts, whyHeld } from './retire-keys.ts';

/** What a command does with a root key that a failure has left here, in words. */
const nextUse = {
  init: 'the next "init" takes it when no other root key is here',
  rotation: 'the same command uses it',
} as const;

/**
 * Removes a targets or snapshot key whose file is still the one that this process has written for the GUN, and that
 * no metadata of the trust directory lists. Any other is kept and named. A root key is always kept, since it is for every
 * GUN: the next `init` takes it from the key store long before a root that lists it is written.
 *
 * For callers that hold the lock of the GUN, without which another command may be about to use a key of this GUN.
 * It never fails: what the caller failed with is what counts.
 *
 * @param id canonical ID of a key that this run has stored
 */
export async function takeBack(
  ports: RetiringPorts,
  { id, role, by }: { readonly id: CanonicalKeyId; readonly role: string; readonly by: keyof typeof nextUse },
): Promise<void> {
  const { cryptoService, gun, log } = ports;
  if ((await cryptoService.info(id)) === undefined) return;
  if (role === 'root') {
    nameShared(log, `the root key ${id}, which was stored for ${gun},`, id, nextUse[by]);
    return;
  }
  const reason = (await whyHeld(ports, id)) ?? (await whyNotRemoved(ports, id, role));
  if (reason !== undefined) nameKept(log, { id, role, gun, reason });
}

/** Names a key that is for every repository, and kept since another command may have taken it by now. */
export function nameShared(log: Log, key: string, id: CanonicalKeyId, use: string): void {
  log.warn(
    `${key} is kept, since another repository may have it by now: ${use}; if no repository has it, "key remove ${id}" deletes it`,
    'KEY_KEPT',
  );
}

async function whyNotRemoved(
  { cryptoService, gun }: RetiringPorts,
  id: CanonicalKeyId,
  role: string,
): Promise<string | undefined> {
  try {
    const removed = await cryptoService.remove(id, { role, gun, asWritten: true });
    return removed ? undefined : 'its file has been written again by another command';
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return `it cannot be removed (${error.message})`;
  }
}
