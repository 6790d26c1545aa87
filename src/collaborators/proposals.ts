/** Proposes names for the keys of delegations that the collaborators file does not have. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { foldedName, nameDefect, normalName } from './name-rules.ts';
import type { NameIndex } from './names.ts';

export interface Proposal {
  readonly keyId: CanonicalKeyId;
  readonly collaborator: string;
  readonly nameSource: 'role' | 'certificate';
  /**
   * The name has other keys, or other certificates say it as well: the maker of the certificate may have written it into
   * it.
   */
  readonly taken: boolean;
}

/** A name that stands in a role or a certificate and can be none. */
export interface UnfitName {
  readonly keyId: CanonicalKeyId;
  readonly name: string;
  readonly defect: string;
}

/** Those of roles first: the owner has signed them, and a certificate is its maker's own word. */
export function proposedNames(names: NameIndex): {
  readonly proposals: readonly Proposal[];
  readonly unfit: readonly UnfitName[];
} {
  const taken = new Map(
    [...(names.file?.collaborators.keys() ?? [])].map((name) => [foldedName(name), name]),
  );
  const claims = certificateClaims(names);
  const proposals: Proposal[] = [];
  const unfit: UnfitName[] = [];
  for (const source of ['role', 'certificate'] as const) {
    for (const keyId of names.keyIds) {
      const { collaborator, nameSource } = names.of(keyId);
      if (nameSource !== source || collaborator === undefined) continue;
      const name = normalName(collaborator);
      const folded = foldedName(name);
      const twin = taken.get(folded) ?? name;
      const defect =
        nameDefect(name) ?? (twin === name ? undefined : `can be taken for ${JSON.stringify(twin)}`);
      if (defect !== undefined) unfit.push({ keyId, name, defect });
      else {
        proposals.push({
          ...{ keyId, collaborator: name, nameSource: source },
          taken: source === 'certificate' && (taken.has(folded) || (claims.get(folded) ?? 0) > 1),
        });
        taken.set(folded, name);
      }
    }
  }
  return { proposals, unfit };
}

/** How many keys have certificates with a name, and no better name. */
function certificateClaims(names: NameIndex): ReadonlyMap<string, number> {
  const claims = new Map<string, number>();
  for (const keyId of names.keyIds) {
    const { collaborator, nameSource } = names.of(keyId);
    if (nameSource !== 'certificate' || collaborator === undefined) continue;
    const folded = foldedName(collaborator);
    claims.set(folded, (claims.get(folded) ?? 0) + 1);
  }
  return claims;
}
