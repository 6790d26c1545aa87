/** Finds the roles that list keys which are to be revoked, and what becomes of each without them. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { isSameOrBelow, parentRole } from '../../metadata/role-name.ts';
import { compareRoles } from '../../review/compare.ts';
import type { Finding } from '../../review/finding.ts';
import { believedContents, type RepositoryState, type RoleState } from '../../review/state.ts';
import { canonicalIdOr, isSignedBy } from '../../tuf/verify-signatures.ts';

/** What becomes of targets that readers would lose. */
export type LostTargetsChoice = 'keep-in-targets' | 'drop';

export interface Revocation {
  /** Canonical IDs of the keys to be revoked, of one or several holders. */
  readonly keyIds: readonly CanonicalKeyId[];
  /** Only these roles; all roles without it. */
  readonly roles?: readonly string[];
  /** A key that takes the place of the revoked ones. */
  readonly replacement?: PublicKey;
  /** Canonical IDs of the keys that sign again what the revoked keys had signed. */
  readonly signWith: readonly CanonicalKeyId[];
  readonly lost?: LostTargetsChoice;
}

/**
 * What becomes of a role. `stays`: the keys that are left have signed its file, or it has none; `signed again`: with the
 * keys that were chosen; `removed`: its last key goes; `untrusted`: readers do not believe it until a holder of a key
 * that is left signs it.
 */
export type RoleOutcome = 'stays' | 'signed again' | 'removed' | 'untrusted';

export interface PlannedRole {
  readonly role: string;
  readonly outcome: RoleOutcome;
  /** The revoked keys that it lists. */
  readonly removed: readonly CanonicalKeyId[];
  /** The keys that are left, the replacement included. */
  readonly left: readonly CanonicalKeyId[];
  readonly threshold: number;
  /** The version that is served; undefined for a role that was never signed. */
  readonly version?: number;
  /** How many targets its file holds. */
  readonly targets: number;
  /** True when the keys that are left have not signed the file. */
  readonly mustBeSigned: boolean;
  /** False for a role that readers do not believe before either: nothing of it is signed again or kept. */
  readonly believed: boolean;
}

/** Takes a reason for which a revocation would change nothing, and throws it or goes on without what it is about. */
export type Refuse = (error: NotaryError) => void;

/** For a revocation that is to be carried out. */
export const refuseAtOnce: Refuse = (error) => {
  throw error;
};

/**
 * Refuses keys that are not a delegation's: they are replaced, not taken away. And a replacement that is what it
 * replaces would come back under another certificate.
 *
 * @throws NotaryError KEY_OF_OWNER, FLAG_CONTRADICTED
 */
export function checkRevocable(
  { gun, roles }: RepositoryState,
  { keyIds, replacement, roles: only }: Revocation,
  refuse: Refuse = refuseAtOnce,
): void {
  const revoked = new Set<string>(keyIds);
  for (const { name, keys } of only === undefined ? roles.values() : []) {
    const found = name.includes('/')
      ? undefined
      : [...keys].find(([id, key]) => revoked.has(id) || revoked.has(canonicalIdOr(id, key)));
    if (found === undefined) continue;
    const keyId = canonicalIdOr(...found);
    refuse(
      new NotaryError('KEY_OF_OWNER', `${keyId} is a key of ${name} of ${gun}, which no removal takes away`, {
        details: { gun, role: name, key: keyId },
        hint: `Nothing was changed. To replace it: tsnotary key rotate ${shellWord(gun)} ${name}`,
      }),
    );
  }
  if (replacement === undefined || !revoked.has(canonicalKeyId(replacement))) return;
  throw new NotaryError('FLAG_CONTRADICTED', '--replace names the very key that is to be revoked', {
    details: { gun, key: canonicalKeyId(replacement) },
    hint: 'Nothing was changed. The certificate is to be of another key.',
  });
}

/** The delegations that list one of the keys, in the lists that readers believe. @throws NotaryError KEY_NOT_IN_ROLE */
export function affectedRoles(
  gun: string,
  state: RepositoryState,
  { keyIds, roles }: Revocation,
  refuse: Refuse = refuseAtOnce,
): readonly RoleState[] {
  const revoked = new Set(keyIds);
  const believed = believedContents(state);
  const listed = [...state.roles.values()].filter(
    ({ name, keys }) =>
      name.includes('/') && isListed(name, believed) && idsOf(keys).some((id) => revoked.has(id)),
  );
  for (const role of roles ?? []) {
    if (listed.some(({ name }) => name === role)) continue;
    refuse(
      new NotaryError(
        'KEY_NOT_IN_ROLE',
        `${role} of ${gun} does not list ${keyIds.length === 1 ? 'the key' : 'any of the keys'} ${keyIds.join(', ')}`,
        {
          details: { gun, role, keys: keyIds },
          hint: 'Nothing was changed. Without -r the keys are revoked in every role that lists them.',
        },
      ),
    );
  }
  const wanted = listed.filter(({ name }) => roles === undefined || roles.includes(name));
  return wanted.sort((one, other) => compareRoles(one.name, other.name));
}

/** True when the file that lists the role is believed, and so are those above it. */
export function isListed(role: string, believed: ReadonlyMap<string, unknown>): boolean {
  if (!role.includes('/')) return false;
  const parent = parentRole(role);
  return believed.has(parent) && (parent === 'targets' || isListed(parent, believed));
}

function idsOf(keys: RoleState['keys']): readonly CanonicalKeyId[] {
  return [...keys].map(([id, key]) => canonicalIdOr(id, key));
}

export function planRole(role: RoleState, { keyIds, replacement, signWith }: Revocation): PlannedRole {
  const revoked = new Set(keyIds);
  const kept = new Map([...role.keys].filter(([id, key]) => !revoked.has(canonicalIdOr(id, key))));
  const left = new Set(idsOf(kept));
  if (replacement !== undefined) left.add(canonicalKeyId(replacement));
  const { threshold, file, name } = role;
  const signers = signWith.filter((id) => left.has(id));
  const isSigned =
    file === undefined ||
    (file.envelope !== undefined &&
      kept.size >= threshold &&
      isSignedBy(file.envelope, { keys: kept, threshold }, name));
  // What readers do not believe at present would come back with a signature, also what others have put there.
  const believed = file === undefined || file.standing === 'trusted';
  // Signing what stays good as well has a collaborator who signs at the same moment run into a conflict.
  const signsAgain = file !== undefined && believed && signers.length >= threshold;
  const stays = isSigned && believed && left.size >= threshold;
  return {
    role: name,
    believed,
    outcome: signsAgain ? 'signed again' : stays ? 'stays' : 'untrusted',
    removed: idsOf(role.keys).filter((id) => revoked.has(id)),
    left: [...left],
    threshold,
    ...(file !== undefined && { version: file.content.version }),
    targets: file?.content.targets.size ?? 0,
    mustBeSigned: !isSigned,
  };
}

/** @throws NotaryError KEY_NOT_IN_ROLE */
export function checkSigners(
  gun: string,
  planned: readonly PlannedRole[],
  { signWith, keyIds }: Revocation,
  refuse: Refuse = refuseAtOnce,
): void {
  for (const id of signWith) {
    if (planned.length === 0 || (!keyIds.includes(id) && planned.some(({ left }) => left.includes(id))))
      continue;
    refuse(
      new NotaryError(
        'KEY_NOT_IN_ROLE',
        `the key ${id} cannot sign again: after the revocation it is in none of ${planned.map(({ role }) => role).join(', ')}`,
        {
          details: { gun, keys: [id], roles: planned.map(({ role }) => role) },
          hint: 'Nothing was changed. Sign with a key that stays in the role, or that takes the place of the revoked one.',
        },
      ),
    );
  }
}

/** The roles that list a key where readers do not believe it at present: there it cannot be taken away. */
export function stillListed(state: RepositoryState, { keyIds, roles: only }: Revocation): readonly Finding[] {
  const { gun, roles } = state;
  const believed = believedContents(state);
  return [...roles.values()].flatMap(({ name, keys }) => {
    if (!name.includes('/') || only?.includes(name) === false || isListed(name, believed)) return [];
    const keyId = idsOf(keys).find((id) => keyIds.includes(id));
    if (keyId === undefined) return [];
    const parent = parentRole(name);
    return [
      {
        ...{ code: 'PURGE_INCOMPLETE', severity: 'warning', role: name, keyId },
        message: `${name} lists the key as well, in the file of ${parent}, which readers do not believe: once ${parent} is signed again, the key would be trusted there`,
        hint: { command: ['tsnotary', 'delegation', 'remove', gun, parent] },
      },
    ];
  });
}

/** The roles below one that readers reach before and not after, since they do not believe it then or it is gone. */
export function fallingWith(
  role: string,
  { before, after }: { readonly before: RepositoryState; readonly after: RepositoryState },
): readonly string[] {
  const [old, now] = [believedContents(before), believedContents(after)];
  return [...before.roles.keys()]
    .filter(
      (name) => name !== role && isSameOrBelow(name, role) && isListed(name, old) && !isListed(name, now),
    )
    .sort(compareRoles);
}
