/** Names the keys of states that have been loaded: by the file of collaborators, and by what the states say. */

import type { NameIndex } from '../../collaborators/names.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { CommandContext } from '../spec/command-context.ts';
import { fileOfNames } from './file-of-names.ts';

type Naming = Pick<CommandContext, 'openCollaborators' | 'log'>;

/**
 * @param collections by role, the content of each file, for each state
 * @param needed the command was given names, so that it cannot do without the file
 * @throws NotaryError COLLABORATORS_INVALID and FILE_UNREADABLE when names are needed; else a warning says so
 */
export async function loadedNames(
  context: Naming,
  collections: Iterable<ReadonlyMap<string, Targets>>,
  needed = false,
): Promise<NameIndex> {
  const { keyNames } = await import('../../collaborators/names.ts');
  return keyNames({ file: await fileOfNames(context, needed), collections });
}
