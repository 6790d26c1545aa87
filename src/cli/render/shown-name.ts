/** Shows the name of a key, with where it comes from. */

import type { KeyName, KeyNames } from '../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { escapeForTerminal } from './terminal-escape.ts';
import { type Layout, shownId } from './view.ts';

/** `bob`; `bob (role)`; `CN "bob"` until it has been adopted; nothing for a key without a name. */
export function shownName({ collaborator, nameSource }: KeyName): string {
  if (collaborator === undefined) return '';
  if (nameSource === 'file') return collaborator;
  if (nameSource === 'role') return `${collaborator} (role)`;
  return `${collaborator.includes('@') ? 'e-mail' : 'CN'} ${JSON.stringify(collaborator)}`;
}

/** The holder of a key: the name of the file or of docker's role, else the ID; what a certificate says is its maker's own word. */
export function holderText(keyId: CanonicalKeyId, names: KeyNames, layout: Layout): string {
  const { collaborator, nameSource } = names.of(keyId);
  if (collaborator === undefined || nameSource === 'certificate') return shownId(keyId, layout);
  return escapeForTerminal(collaborator);
}
