/** Reports on archives: what one holds, and whether it verifies. */

import type { RepositoryRecord } from '../../../archive/repository-record.ts';
import { archiveTime } from '../../../client/archive/archive-time.ts';
import { archivedRemote } from '../../../client/archive/archived-remote.ts';
import { fingerprintsFor, type KnownAnchor } from '../../../client/archive/known-anchors.ts';
import { type OpenArchive, recordOf } from '../../../client/archive/open-archive.ts';
import { verifyContainer } from '../../../client/archive/verify-container.ts';
import { verifyRepository } from '../../../client/archive/verify-repository.ts';
import { keyNames } from '../../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { formatInstant } from '../../../encoding/rfc3339.ts';
import { isNotaryError } from '../../../errors.ts';
import { parseGun } from '../../../metadata/gun.ts';
import type { ArchivedRepository, ShownVerification, VerifiedArchive } from '../../render/archive.ts';
import type { CommandContext } from '../../spec/command-context.ts';

/** The records of the GUNs that were named, or of all. @throws NotaryError INVALID_GUN, REPOSITORY_NOT_EXIST */
export function wantedRecords(archive: OpenArchive, guns: readonly string[]): readonly RepositoryRecord[] {
  if (guns.length === 0) return [...archive.records.values()];
  return [...new Set(guns)].map((gun) => recordOf(archive, parseGun(gun)));
}

/** What the archive says of itself; a time that cannot be read is left out. @throws NotaryError FILE_UNREADABLE */
export async function listedRepository(
  { file }: OpenArchive,
  record: RepositoryRecord,
): Promise<ArchivedRepository> {
  const { gun, server, history, files } = record;
  const has = files.some(({ role, current }) => role === 'timestamp' && current);
  const asOf = has ? await timeOrNone(file, record) : undefined;
  return {
    ...{ gun, server, history, asOf: asOf && formatInstant(asOf), files: files.length, findings: [] },
    earlier: files.filter(({ current }) => !current).length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}

async function timeOrNone(file: OpenArchive['file'], record: RepositoryRecord): Promise<Date | undefined> {
  try {
    return await archiveTime(archivedRemote(file, record), record);
  } catch (error) {
    if (isNotaryError(error) && !isNotaryError(error, 'FILE_UNREADABLE')) return undefined;
    throw error;
  }
}

export interface VerificationRequest {
  /** Empty for all. */
  readonly guns: readonly string[];
  /** Undefined when none were given. */
  readonly anchors: readonly KnownAnchor[] | undefined;
  readonly at: Date | undefined;
}

/** @throws NotaryError FILE_UNREADABLE; INVALID_GUN, REPOSITORY_NOT_EXIST for a GUN that was named */
export async function verifyArchive(
  { clock }: Pick<CommandContext, 'clock'>,
  archive: OpenArchive,
  { guns, anchors, at }: VerificationRequest,
): Promise<VerifiedArchive> {
  const repositories: ShownVerification[] = [];
  for (const record of wantedRecords(archive, guns)) {
    const fingerprints = anchors && fingerprintsFor(record.gun, anchors);
    const verified = await verifyRepository(archive.file, record, { at, fingerprints, clock });
    repositories.push({ ...verified, contents: new Map(), names: namesOf(record, verified.contents) });
  }
  return { file: archive.file.path, repositories, findings: await verifyContainer(archive) };
}

/** Names that the archive gives to keys come after those of roles, which are signed. */
function namesOf(
  { names }: RepositoryRecord,
  contents: ShownVerification['contents'],
): ShownVerification['names'] {
  const signed = keyNames({ file: undefined, collections: [contents] });
  const archived = new Map(names.map(({ keyId, name }) => [keyId, name]));
  return {
    of(keyId: CanonicalKeyId) {
      const name = signed.of(keyId);
      const collaborator = archived.get(keyId);
      return name.nameSource === 'role' || collaborator === undefined
        ? name
        : { collaborator, nameSource: 'archive' };
    },
  };
}
