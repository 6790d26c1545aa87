/**
 * Deletes private keys that a rotation has replaced, when nothing on this machine speaks against it.
 *
 * Which keys are "the old ones" is read from metadata, and a server may have had a say in that. A deleted key
 * cannot be had back, so that whatever is in doubt is kept and named (decision 0019).
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError } from '../../errors.ts';
import { describe } from '../../keys/key-owner.ts';
import type { Root } from '../../metadata/root.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { TrustDirFile } from '../../ports/trust-dir.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { keysListedIn, keysOfDelegations, keysOfRoles } from './listed-keys.ts';

export type RetiringPorts = Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata' | 'log'>;

/** The repository as it is published now. */
export interface PresentState {
  readonly root: Root;
  /** `targets` and delegations. */
  readonly targets: Iterable<Targets>;
}

/**
 * Deletes those of a role's former private keys whose files say that they are for this role of this GUN, and that no
 * role of the present root, no delegation, and no other repository of the trust directory lists. Keys of other roles
 * than targets and snapshot are never deleted. What is kept is named in a log message, with the reason.
 *
 * @param role the role that the keys served
 * @param ids canonical IDs
 * @throws NotaryError FILE_UNWRITABLE
 */
export async function retireKeys(
  ports: RetiringPorts,
  role: string,
  ids: readonly CanonicalKeyId[],
  present: PresentState,
): Promise<void> {
  if (role !== 'targets' && role !== 'snapshot') return;
  const { cryptoService, gun, log } = ports;
  for (const id of ids) {
    if ((await cryptoService.info(id)) === undefined) continue;
    const reason = await whyKept(ports, role, id, present);
    if (reason !== undefined) nameKept(log, { id, role, gun, reason });
    else if (!(await cryptoService.remove(id, { role, gun }))) {
      nameKept(log, { id, role, gun, reason: 'its file has been given to another use just now' });
    }
  }
}

/** Says that a private key stays although a rotation has replaced it, or what it was made for did not come about. */
export function nameKept(
  log: RepositoryPorts['log'],
  {
    id,
    role,
    gun,
    reason,
  }: { readonly id: CanonicalKeyId; readonly role: string; readonly gun: string; readonly reason: string },
): void {
  log.warn(
    `the private key ${id}, which the ${role} role of ${gun} does not use, is kept: ${reason}; "key remove ${id}" deletes it`,
    'KEY_KEPT',
  );
}

async function whyKept(
  ports: RetiringPorts,
  role: string,
  id: CanonicalKeyId,
  { root, targets }: PresentState,
): Promise<string | undefined> {
  const { gun, cryptoService } = ports;
  const info = await cryptoService.info(id);
  if (info?.role !== role || info.gun !== gun) {
    return `its file says that it is for ${describe(info?.role ?? '', info?.gun ?? '')}`;
  }
  for (const [other, keys] of keysOfRoles(root)) {
    if (keys.includes(id)) return `the root lists it for the role ${other}`;
  }
  for (const content of targets) {
    if (keysOfDelegations(content).includes(id)) return 'a delegation of this repository lists it';
  }
  // The present root is known, and the cached one may be a former one.
  return whyHeld(ports, id, (file) => file.gun === gun && file.role === 'root');
}

/**
 * Looks a key up in all metadata that this machine holds. A file that cannot be read may list the key.
 *
 * @param passOver files that are not looked at
 * @returns the reason to keep the private key; undefined when nothing lists it
 */
export async function whyHeld(
  { heldMetadata }: Pick<RepositoryPorts, 'heldMetadata'>,
  id: CanonicalKeyId,
  passOver: (file: TrustDirFile) => boolean = () => false,
): Promise<string | undefined> {
  try {
    for (const file of await heldMetadata.files()) {
      if (passOver(file)) continue;
      const reason = await whyHeldBy(file, id);
      if (reason !== undefined) return reason;
    }
    return undefined;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return `it is not known whether another repository needs it (${error.message})`;
  }
}

async function whyHeldBy(file: TrustDirFile, id: CanonicalKeyId): Promise<string | undefined> {
  try {
    return (await keysListedIn(file)).includes(id) ? `${file.role} of ${file.gun} lists it` : undefined;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return `it is not known whether ${file.gun} needs it, since ${file.location} cannot be read (${error.message})`;
  }
}
