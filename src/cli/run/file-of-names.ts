/** Loads the file of collaborators' names, for output that is of use without it, too. */

import type { CollaboratorsFile } from '../../collaborators/collaborators-file.ts';
import { isNotaryError } from '../../errors.ts';
import type { CommandContext } from '../spec/command-context.ts';

/**
 * The file, or undefined where there is none.
 *
 * @param needed names were asked for, so that a file which cannot be used is a failure; otherwise it is a warning
 * @throws NotaryError COLLABORATORS_INVALID and FILE_UNREADABLE, when needed
 */
export async function fileOfNames(
  context: Pick<CommandContext, 'openCollaborators' | 'log'>,
  needed: boolean,
): Promise<CollaboratorsFile | undefined> {
  const store = await context.openCollaborators();
  const { loadCollaborators } = await import('../../collaborators/load-file.ts');
  try {
    // Names that do not depend on a certificate which cannot be read go on.
    return await loadCollaborators(store, (defect) => context.log.warn(defect.message, defect.code));
  } catch (error) {
    if (needed || !isNotaryError(error, 'COLLABORATORS_INVALID', 'FILE_UNREADABLE')) throw error;
    context.log.warn(`${error.message}; keys are shown without the names in it`, error.code);
    return undefined;
  }
}
