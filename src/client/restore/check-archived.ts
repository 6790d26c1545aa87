/**
 * Verifies an archived repository before it is restored: what `archive verify` calls wrong is not sent to a server, except
 * what a restore makes anew, leaves behind or judges by the time of now.
 */

import type { RepositoryRecord } from '../../archive/repository-record.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Finding, FindingCode } from '../../review/finding.ts';
import { verifyContainer } from '../archive/verify-container.ts';
import { type VerifiedRepository, verifyRepository } from '../archive/verify-repository.ts';

type OpenArchive = Parameters<typeof verifyContainer>[0];

/**
 * Errors of a verified archive that a restore may meet: what has expired and a missing timestamp are told when the source
 * is read, by the clock of now (a root or a snapshot is made anew, the rest is refused with `renew` as the way on); roles
 * that readers do not believe stay behind, and are named.
 */
const judgedLater: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'EXPIRED',
  'SERVER_UNAVAILABLE',
  'ROLE_BELOW_THRESHOLD',
  'ROLE_NEEDS_WITNESS',
  'ROLE_UNREADABLE',
  'ROLE_WITHOUT_KEYS',
]);

/** Verifies the blobs that no record names. @throws NotaryError ARCHIVE_INVALID, FILE_UNREADABLE */
export async function checkContainer(archive: OpenArchive): Promise<void> {
  const wrong = (await verifyContainer(archive)).filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw unverified(archive.file.path, wrong, {});
}

/**
 * @param fingerprints 64 hex digits each, of which one must be that of the archived root; undefined where the user names
 * none, and empty where those that the user names are for other repositories
 * @throws NotaryError ROOT_NOT_TRUSTED when none of the fingerprints is that of a root key of the archived root;
 * ARCHIVE_INVALID when something does not verify; FILE_UNREADABLE
 */
export async function checkArchived(
  archive: ArchiveFile,
  record: RepositoryRecord,
  { fingerprints, clock }: { readonly fingerprints: readonly string[] | undefined; readonly clock: Clock },
): Promise<void> {
  const { gun } = record;
  const verified = await verifyRepository(archive, record, {
    ...{ at: undefined, fingerprints, clock },
  });
  const differs = verified.findings.find(({ code }) => code === 'FINGERPRINT_DIFFERS');
  if (differs !== undefined) throw otherRoot(archive.path, gun, differs.message);
  const wrong = verified.findings.filter(
    ({ severity, code }) => severity === 'error' && (!isComplete(verified) || !judgedLater.has(code)),
  );
  if (wrong.length > 0 || !isComplete(verified)) throw unverified(archive.path, wrong, { gun });
}

/** Where the verification has stopped at an error, the root has not been compared with anything. */
function isComplete({ at }: VerifiedRepository): boolean {
  return at !== undefined;
}

function otherRoot(path: string, gun: string, message: string): NotaryError {
  return new NotaryError('ROOT_NOT_TRUSTED', message, {
    details: { gun, file: path },
    hint: 'Nothing was sent. Compare the fingerprint with what the owner of the collection has written down.',
  });
}

function unverified(
  path: string,
  wrong: readonly Finding[],
  details: { readonly gun?: string },
): NotaryError {
  const { gun } = details;
  const [first] = wrong;
  const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
  const what = gun === undefined ? path : `${gun} in ${path}`;
  const all = `tsnotary archive verify ${shellWord(path)}${gun === undefined ? '' : ` ${shellWord(gun)}`}`;
  return new NotaryError(
    'ARCHIVE_INVALID',
    `${what} does not verify: ${first?.message ?? 'it is not whole'}${more}`,
    {
      details: { ...details, file: path },
      hint: `Nothing was sent. "${all}" shows all that is wrong; restore a copy of the archive that verifies.`,
    },
  );
}
