/**
 * Decides what a key belongs to, by the headers of its file: keys are chosen by ID, role and GUN together.
 *
 * Whose key is listed in metadata is up to its author. A key that is listed where it does not belong must not
 * sign there: the file would be good for the role and the repository that the key does belong to.
 */

import { NotaryError } from '../errors.ts';
import { hasGun, type KeyInfo } from './key-file.ts';

/**
 * Why a key must not sign a role of a GUN: its file names another GUN, or a base role that is not this one.
 * Any other word stands for a delegation or for nothing, and is no reason (Notary 0.7.0 regards none).
 *
 * @returns the reason as a predicate (`its file says …`); undefined when it may sign
 */
export function unfitness(
  { role, gun }: KeyInfo,
  wanted: { readonly role: string; readonly gun: string },
): string | undefined {
  if (gun !== '' && gun !== wanted.gun) return `its file says that it is for ${describe(role, gun)}`;
  const base = role === 'root' || hasGun(role);
  if (base && role !== wanted.role) return `its file says that it is for ${describe(role, gun)}`;
  return undefined;
}

/** The role and the GUN that a key file names, in words. */
export function describe(role: string, gun: string): string {
  const what = role === '' ? 'no role' : `the role ${role}`;
  return gun === '' ? what : `${what} of ${gun}`;
}

/**
 * The error for keeping a key under a role and a GUN when its file is there for others: one file cannot say both.
 * A file that names no GUN where it could is one of any GUN, as Notary 0.7.0 makes them with `key generate`.
 */
export function otherOwner(present: KeyInfo, role: string, gun: string): NotaryError | undefined {
  const details = { key: present.keyId, role: present.role };
  if (present.role !== role) {
    return new NotaryError('KEY_EXISTS', `key with same ID already exists for role: ${present.role}`, {
      details,
    });
  }
  if (!hasGun(role) || present.gun === '' || present.gun === gun) return undefined;
  return new NotaryError(
    'KEY_EXISTS',
    `key with same ID already exists for ${describe(present.role, present.gun)}`,
    {
      details: { ...details, gun: present.gun },
      hint: 'Every repository has targets and snapshot keys of its own; a file can be for one of them only.',
    },
  );
}
