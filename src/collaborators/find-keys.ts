/** Finds the keys that a word of the user stands for: a name, a full key ID, or a prefix of one. */

import {
  asCanonicalKeyId,
  type CanonicalKeyId,
  isKeyIdInAnyCase,
  isKeyIdPrefix,
} from '../crypto/keys/key-id.ts';
import { NotaryError } from '../errors.ts';
import { normalName } from './name-rules.ts';
import { type NamedKey, type NameIndex, namedKey, type RoleClaim } from './names.ts';

/** The keys that a word stands for, and in which way. */
export type FoundKeys =
  | {
      readonly kind: 'name' | 'full' | 'prefix';
      /** One, except for a name: that has none, one or several. */
      readonly keyIds: readonly CanonicalKeyId[];
      /** Who has them, as far as the file or a role says. */
      readonly collaborator?: string;
    }
  | {
      readonly kind: 'none';
      /** Keys whose certificates have the name: no one has adopted it. */
      readonly candidates: readonly NamedKey[];
    };

/**
 * Looks a word up, without a network. A full ID is its own answer, whether any such key is known.
 *
 * @param who a name of the file or of a docker role; 64 hexadecimal digits; or at least 7 of them, in either case, with
 * which one known ID begins
 * @param moreIds known IDs besides those of the index: of the key store
 * @throws NotaryError KEY_AMBIGUOUS where several keys begin so, and where collections mean different keys by the name of a
 * role; it lists them
 */
export function findKeys(who: string, index: NameIndex, moreIds: Iterable<CanonicalKeyId> = []): FoundKeys {
  if (isKeyIdInAnyCase(who)) {
    const keyId = asCanonicalKeyId(who.toLowerCase());
    return { kind: 'full', keyIds: [keyId], ...collaboratorOf(index, keyId) };
  }
  if (isKeyIdPrefix(who)) return byPrefix(who, index, moreIds);
  const name = normalName(who);
  const rivals = index.rivalsOf(name);
  if (rivals.length > 0) throw contradicted(name, rivals, index);
  const keyIds = index.keysOf(name);
  if (keyIds !== undefined) return { kind: 'name', keyIds, collaborator: name };
  const certified = index.certifiedAs(who).map((keyId) => namedKey(index, keyId));
  return { kind: 'none', candidates: certified };
}

function byPrefix(who: string, index: NameIndex, moreIds: Iterable<CanonicalKeyId>): FoundKeys {
  const start = who.toLowerCase();
  const found = new Set<CanonicalKeyId>();
  for (const ids of [index.keyIds, moreIds]) for (const id of ids) if (id.startsWith(start)) found.add(id);
  const [keyId, ...others] = [...found].sort();
  if (keyId === undefined) return { kind: 'none', candidates: [] };
  if (others.length === 0)
    return {
      kind: 'prefix',
      keyIds: [keyId],
      ...collaboratorOf(index, keyId),
    };
  throw ambiguous(
    who,
    [keyId, ...others].map((id) => namedKey(index, id)),
  );
}

/** What a certificate says is no name yet. */
function collaboratorOf(index: NameIndex, keyId: CanonicalKeyId): { readonly collaborator?: string } {
  const { collaborator, nameSource } = index.of(keyId);
  return collaborator === undefined || nameSource === 'certificate' ? {} : { collaborator };
}

const maxListed = 10;

function ambiguous(who: string, candidates: readonly NamedKey[]): NotaryError {
  const listed = candidates.slice(0, maxListed).map(describedKey).join(', ');
  const more = candidates.length > maxListed ? ` and ${candidates.length - maxListed} more` : '';
  return new NotaryError('KEY_AMBIGUOUS', `${candidates.length} keys begin with ${who}: ${listed}${more}`, {
    details: {
      key: who,
      candidates: candidates.map(({ keyId, collaborator, nameSource }) => ({
        keyId,
        nameSource,
        ...(collaborator !== undefined && { collaborator }),
      })),
    },
    hint: 'Give more digits, the full key ID, or the name of the collaborator.',
  });
}

/** The owner of one collection may have put the key of another's signer under the name. */
function contradicted(name: string, rivals: readonly RoleClaim[], index: NameIndex): NotaryError {
  const listed = rivals
    .slice(0, maxListed)
    .map(({ gun, role, keyIds }) => `${role} of ${gun} has ${keyIds.slice(0, maxListed).join(', ')}`);
  const more = rivals.length > maxListed ? `; and ${rivals.length - maxListed} more` : '';
  const keyIds = [...new Set(rivals.flatMap(({ keyIds: ids }) => ids))];
  const said = JSON.stringify(name);
  return new NotaryError(
    'KEY_AMBIGUOUS',
    `${said} is not the same in the repositories whose metadata is here: ${listed.join('; ')}${more}`,
    {
      details: {
        key: name,
        guns: [...new Set(rivals.map(({ gun }) => gun))],
        candidates: keyIds.map((keyId) => {
          const { collaborator, nameSource } = index.of(keyId);
          return {
            keyId,
            nameSource,
            ...(collaborator !== undefined && { collaborator }),
          };
        }),
      },
      hint: 'Give the full key ID, or "tsnotary collaborator add" the name with its key: the file decides.',
    },
  );
}

/** `ID`, `ID (bob)`, or `ID (certificate "bob")` */
export function describedKey({ keyId, collaborator, nameSource }: NamedKey): string {
  if (collaborator === undefined) return keyId;
  return nameSource === 'certificate'
    ? `${keyId} (certificate ${JSON.stringify(collaborator)})`
    : `${keyId} (${collaborator})`;
}
