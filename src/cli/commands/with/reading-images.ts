/** Opens the repository of an image for reading: from docker's trust server, or from an archive. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { ImageReference } from '../../../images/reference.ts';
import type { CommandContext, DockerTrust } from '../../spec/command-context.ts';
import { openArchived } from './reading.ts';

/**
 * @param archive empty for the server
 * @throws NotaryError as `DockerTrust.openRepository` and `openArchived`
 */
export async function openImage(
  context: Pick<CommandContext, 'openArchive' | 'clock'>,
  docker: DockerTrust,
  image: Pick<ImageReference, 'domain' | 'gun'>,
  archive: string,
): Promise<RepositoryPorts> {
  if (archive === '') return docker.openRepository(image, 'pull');
  const collection = await docker.openRepository(image, 'offline', 'read-only');
  return openArchived(context, collection, { archive, at: '' });
}
