/** Opens a repository for reading: from the server, or from an archive, as of now or of another time. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { openAsOf } from './as-of.ts';

/** The flag `--archive` of the commands that read. */
export const archiveFlag = {
  type: 'string',
  extension: true,
  filled: true,
  usage: 'Read from this archive in place of the server, as of the time when it was made',
} as const;

/** Where and as of when a command reads. */
export interface ReadingFlags {
  /** Empty for the server. */
  readonly archive: string;
  /** Empty for now, or for the time of the archive. */
  readonly at: string;
}

/**
 * @throws NotaryError INVALID_FLAG; as `openRepository`; of an archive as `openArchived`
 */
export async function openForReading(
  context: CommandContext,
  gun: string,
  { archive, at }: ReadingFlags,
): Promise<RepositoryPorts> {
  if (archive === '') return openAsOf(context, gun, at);
  return openArchived(context, await context.openRepository(gun, 'offline', 'read-only'), { archive, at });
}

/**
 * The archived repository, for a collection that was opened without a server.
 *
 * @throws NotaryError REPOSITORY_NOT_EXIST when the archive does not hold it; ARCHIVE_INVALID, FILE_UNREADABLE; as
 * `archivedRepository`
 */
export async function openArchived(
  context: Pick<CommandContext, 'openArchive' | 'clock'>,
  collection: RepositoryPorts,
  { archive, at }: ReadingFlags,
): Promise<RepositoryPorts> {
  const { recordOf } = await import('../../../client/archive/open-archive.ts');
  const { archivedRepository } = await import('../../../client/archive/archived-repository.ts');
  const opened = await context.openArchive(archive);
  const record = recordOf(opened, collection.gun);
  return archivedRepository(collection, { archive: opened.file, record }, await pointInTime(context, at));
}

async function pointInTime({ clock }: Pick<CommandContext, 'clock'>, at: string): Promise<Date | undefined> {
  if (at === '') return undefined;
  const { parsePointInTime } = await import('../../args/time-values.ts');
  return parsePointInTime(at, '--at', clock.now());
}
