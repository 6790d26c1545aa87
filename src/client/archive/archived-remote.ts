/** Stands in for the trust server: serves the metadata of one repository from an archive. */

import type { ArchivedFile, RepositoryRecord } from '../../archive/repository-record.ts';
import { NotaryError } from '../../errors.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

/**
 * The server's view of a repository when it was archived. It serves what Notary's server would: the current files, files
 * by their SHA-256, and files by their version. Whatever writes fails with OFFLINE.
 */
export function archivedRemote(archive: ArchiveFile, record: RepositoryRecord): RemoteStore {
  const files = byResource(record.files);
  const refuse = async (): Promise<never> => {
    throw new NotaryError('OFFLINE', `an archive is only read, and no server is asked: ${archive.path}`, {
      details: { gun: record.gun, file: archive.path },
    });
  };
  return {
    async get(resource, limit) {
      const file = files.get(resource);
      if (file === undefined && resource === 'timestamp' && files.has('snapshot'))
        throw noTimestamp(archive, record);
      if (file === undefined) throw notArchived(archive, record, resource);
      return archive.read(file.sha256, Math.min(limit, file.size));
    },
    ...{ publish: refuse, getKey: refuse, rotateKey: refuse, deleteAll: refuse },
    location: archive.path,
  };
}

/** By the names under which Notary's server serves a file. Of two files of one version the current one counts. */
function byResource(files: readonly ArchivedFile[]): ReadonlyMap<string, ArchivedFile> {
  const found = new Map<string, ArchivedFile>();
  for (const file of [...files].sort((one, other) => Number(one.current) - Number(other.current))) {
    const { role, version, sha256, current } = file;
    found.set(`${role}.${sha256}`, file).set(`${version}.${role}`, file);
    if (current) found.set(role, file);
  }
  return found;
}

/** As the server answered when the archive was made: the snapshot or the root had expired, and it could sign none. */
function noTimestamp({ path }: ArchiveFile, { gun }: RepositoryRecord): NotaryError {
  return new NotaryError(
    'SERVER_UNAVAILABLE',
    `${path} has no timestamp of ${gun}: its server could sign none`,
    {
      details: { gun, file: path },
    },
  );
}

function notArchived({ path }: ArchiveFile, { gun }: RepositoryRecord, resource: string): NotaryError {
  return new NotaryError('METADATA_NOT_FOUND', `${path} does not hold ${resource} of ${gun}`, {
    details: { gun, resource, file: path },
  });
}
