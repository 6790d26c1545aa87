/** Shows the name of a key in a table, with where it comes from. */

import type { KeyName } from '../../collaborators/names.ts';

/** `bob`; `bob (role)`; `CN "bob"` until it has been adopted; nothing for a key without a name. */
export function shownName({ collaborator, nameSource }: KeyName): string {
  if (collaborator === undefined) return '';
  if (nameSource === 'file') return collaborator;
  if (nameSource === 'role') return `${collaborator} (role)`;
  return `${collaborator.includes('@') ? 'e-mail' : 'CN'} ${JSON.stringify(collaborator)}`;
}
