/** A collection whose roles get any keys, any threshold and any signatures, and what a new reader makes of it. */

import { update } from '../../../src/client/update/update.ts';
import { publicKeyToJson } from '../../../src/crypto/keys/key-entry.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { keyId } from '../../../src/crypto/keys/public-key.ts';
import { isNotaryError, type NotaryError } from '../../../src/errors.ts';
import { parentRole } from '../../../src/metadata/role-name.ts';
import { actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { edited, type Signer } from '../../support/metadata-author.ts';
import { refusingUnreadable } from '../../support/unreadable.ts';

/** One of each place where keys are listed. */
export const roles = ['root', 'targets', 'snapshot', 'timestamp', 'targets/a'] as const;

export const freshCollection = (): ForgedCollection =>
  new ForgedCollection({ delegations: ['targets/a', 'targets/b'] });

export interface Plan {
  readonly keys: readonly Pick<Signer, 'id' | 'entry'>[];
  readonly threshold?: number;
  /** In the order of the signatures; the same one may sign more than once. */
  readonly signedBy: readonly Signer[];
}

/** Lists the keys for the role where its keys are listed, and lets the signers sign; everything else fits. */
export function giveKeys(collection: ForgedCollection, role: string, plan: Plan): void {
  const { keys, threshold = 1, signedBy } = plan;
  const isDelegation = role.includes('/');
  const lister = isDelegation ? parentRole(role) : 'root';
  const listed = isDelegation ? ['delegations', 'keys'] : ['keys'];
  let content = collection.content(lister);
  for (const { id, entry } of keys) content = edited(content, [...listed, id], publicKeyToJson(entry));
  const keyIds = keys.map(({ id }) => id);
  if (!isDelegation) {
    content = edited(content, ['roles', role, 'keyids'], keyIds);
    content = edited(content, ['roles', role, 'threshold'], threshold);
  }
  collection.signers.set(role, signedBy);
  collection.contents.set(lister, content);
  collection.seal(lister);
  if (isDelegation)
    collection.editDelegation(role, (entry) =>
      edited(edited(entry, ['keyids'], keyIds), ['threshold'], threshold),
    );
  if (role !== 'root') collection.seal(role);
  collection.settle();
}

export interface Verdict {
  /** The role's file is used. */
  readonly trusted: boolean;
  /** Why nothing at all was taken. */
  readonly error: NotaryError | undefined;
  readonly warnings: readonly string[];
  /** Roles whose file the reader has kept. */
  readonly kept: readonly string[];
}

/** What somebody who sees the collection for the first time makes of the role. */
export async function verdictOn(collection: ForgedCollection, role: string): Promise<Verdict> {
  const reader = actor(collection.server, memoryClock(), forgedGun);
  let trusted = false;
  let error: NotaryError | undefined;
  try {
    const loaded = await update(refusingUnreadable(reader));
    trusted = !role.includes('/') || loaded.targets.has(role);
    if (!loaded.targets.has('targets/b')) throw new Error('a delegation was lost that nobody had changed');
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    error = cause;
  }
  return { trusted, error, warnings: reader.log.messages('warn'), kept: [...reader.cache.files.keys()] };
}

/** What refuses a role whose signatures do not suffice. */
export function expectedRefusal(role: string): {
  readonly code: string | undefined;
  readonly warnings: readonly string[];
} {
  const message = `valid signatures did not meet threshold for ${role}`;
  if (role.includes('/')) return { code: undefined, warnings: [`Error getting ${role}: ${message}`] };
  return { code: role === 'root' ? 'ROOT_VALIDATION' : 'ROLE_THRESHOLD', warnings: [] };
}

/** The same key under another entry. */
export function under(signer: Signer, entry: PublicKey): Signer {
  return { id: keyId(entry), entry, key: signer.key };
}
