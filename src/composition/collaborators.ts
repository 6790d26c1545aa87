/** Opens the file with the names of collaborators. */

import { openCollaborators } from '../adapters/fs/collaborators-store.ts';
import type { CollaboratorsStore } from '../ports/collaborators.ts';
import type { Files } from '../ports/files.ts';

/** @param file where it lies, absolute, and whether the user or the configuration names it */
export function collaboratorsStore(
  files: Files,
  { path, named }: Pick<CollaboratorsStore, 'path' | 'named'>,
): CollaboratorsStore {
  return openCollaborators(files, path, named);
}
