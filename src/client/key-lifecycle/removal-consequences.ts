/** Tells what the repositories of this machine lose when a private key is removed from it. */

import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError } from '../../errors.ts';
import { parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseTargets } from '../../metadata/targets.ts';
import type { TrustDirFile, TrustDirMetadata } from '../../ports/trust-dir.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { keysOfRoles } from './listed-keys.ts';

/** A role that this machine cannot sign any more without the key. */
export interface LostRole {
  readonly gun: string;
  /** A base role or a delegation. */
  readonly role: string;
}

/**
 * The roles whose last key on this machine this one is, by the metadata that was verified here: in the order of the
 * files. What cannot be read tells nothing.
 *
 * @param stored canonical IDs of all private keys of this machine
 */
export async function rolesLostWith(
  held: TrustDirMetadata,
  keyId: CanonicalKeyId,
  stored: ReadonlySet<string>,
): Promise<readonly LostRole[]> {
  const lost: LostRole[] = [];
  for (const file of await heldFiles(held)) {
    for (const [role, keys] of await keysByRole(file)) {
      const here = keys.filter((id) => stored.has(id));
      if (here.includes(keyId) && here.every((id) => id === keyId)) lost.push({ gun: file.gun, role });
    }
  }
  return lost;
}

/** What the loss of a role's last key means, as a clause. */
export function consequence({ gun, role }: LostRole): string {
  const replace = `the holder of the root key runs "tsnotary key rotate ${shellWord(gun)} ${role}"`;
  switch (role) {
    case 'root':
      return `it is the only root key of ${gun} here: without it no key of the repository can be replaced ever again`;
    case 'targets':
    case 'snapshot':
      return `it is the only ${role} key of ${gun} here: without it nothing can be published from here until ${replace}`;
    default:
      return `it is the only key here of ${role} of ${gun}: without it nothing can be signed into that role from here`;
  }
}

async function heldFiles(held: TrustDirMetadata): Promise<readonly TrustDirFile[]> {
  try {
    return await held.files();
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

async function keysByRole(file: TrustDirFile): Promise<ReadonlyMap<string, readonly CanonicalKeyId[]>> {
  try {
    const envelope = parseEnvelope(await file.read());
    if (file.role === 'root') return keysOfRoles(parseRoot(envelope).content);
    const { delegations } = parseTargets(envelope, file.role).content;
    return new Map(delegations.roles.map(({ name, keyIds }) => [name, canonical(keyIds, delegations.keys)]));
  } catch (error) {
    if (isNotaryError(error)) return new Map();
    throw error;
  }
}

function canonical(
  ids: readonly ListedKeyId[],
  keys: ReadonlyMap<ListedKeyId, PublicKey>,
): readonly CanonicalKeyId[] {
  return ids.flatMap((id) => {
    const key = keys.get(id);
    return key === undefined ? [] : [canonicalIdOr(id, key)];
  });
}
