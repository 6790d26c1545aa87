/** Proposes names for the keys of delegations that the collaborators file does not have. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { nameDefect, normalName } from './name-rules.ts';
import type { NameIndex } from './names.ts';

export interface Proposal {
  readonly keyId: CanonicalKeyId;
  readonly collaborator: string;
  readonly nameSource: 'role' | 'certificate';
  /** The name has other keys: whoever made the certificate may have written it into it. */
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
  const taken = new Set(names.file?.collaborators.keys());
  const proposals: Proposal[] = [];
  const unfit: UnfitName[] = [];
  for (const source of ['role', 'certificate'] as const) {
    for (const keyId of names.keyIds) {
      const { collaborator, nameSource } = names.of(keyId);
      if (nameSource !== source || collaborator === undefined) continue;
      const name = normalName(collaborator);
      const defect = nameDefect(name);
      if (defect !== undefined) unfit.push({ keyId, name, defect });
      else {
        proposals.push({
          ...{ keyId, collaborator: name, nameSource: source },
          taken: source === 'certificate' && taken.has(name),
        });
        taken.add(name);
      }
    }
  }
  return { proposals, unfit };
}
