/** Makes one archive of many repositories: each is collected, and the file is written when all have been looked at. */

import { encodeIndex, type IndexEntry, manifestOf } from '../../../archive/image-layout.ts';
import {
  type ArchivedName,
  encodeRecord,
  type RepositoryRecord,
} from '../../../archive/repository-record.ts';
import { timestampLifetime } from '../../../client/archive/archive-time.ts';
import { collectRepository } from '../../../client/archive/collect-repository.ts';
import type { OpenArchive } from '../../../client/archive/open-archive.ts';
import { stateOf } from '../../../client/preview/published-state.ts';
import { targetsByRole } from '../../../client/read/find-target.ts';
import type { Updated } from '../../../client/update/update.ts';
import type { KeyNames } from '../../../collaborators/names.ts';
import { formatInstant, parseInstant } from '../../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../../errors.ts';
import type { ArchiveDraft } from '../../../ports/archive.ts';
import { judge } from '../../../review/judge.ts';
import { canonicalIds } from '../../../tuf/verify-signatures.ts';
import { type ArchivedRepository, archiveCreatedView, type FailedArchiving } from '../../render/archive.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { type Gathering, rendered } from '../../spec/command-spec.ts';

export interface CreationFlags {
  readonly output: string;
  readonly history: boolean;
  readonly continue: boolean;
}

/** @throws NotaryError INVALID_FLAG */
export function gatherArchive(flags: CreationFlags): Gathering {
  const { output: path, history } = flags;
  if (path === '' || path === '-')
    throw new NotaryError('INVALID_FLAG', 'the archive needs a name: give -o FILE', {
      details: { flag: 'output' },
      hint: 'It is written in one step, and cannot go to standard output.',
    });
  const entries = new Map<string, IndexEntry>();
  const blobs = new Map<string, number>();
  const shown = new Map<string, ArchivedRepository>();
  let draft: ArchiveDraft | undefined;
  let before: OpenArchive | undefined;
  const failed: FailedArchiving[] = [];
  const keep = async (into: ArchiveDraft, bytes: Uint8Array) => {
    const sha256 = await into.put(bytes);
    blobs.set(sha256, bytes.length);
    return { sha256, size: bytes.length };
  };
  return {
    async begin(context) {
      before = await archiveThere(context, path);
      draft = await context.beginArchive(path, { resume: flags.continue });
    },
    async add(context, gun) {
      if (draft === undefined) throw new Error('an archive was not begun');
      const collection = await context.openRepository(gun, 'pull', 'read-only');
      const { record, loaded } = await collectRepository(collection, draft, { history });
      const whole = { ...record, server: await context.serverUrl(), names: await namesIn(context, loaded) };
      const blob = await keep(draft, encodeRecord(whole));
      const manifest = await keep(draft, manifestOf(whole, blob));
      for (const { sha256, size } of whole.files) blobs.set(sha256, size);
      entries.set(gun, { gun, manifest });
      shown.set(gun, summary(whole, loaded, context.clock.now()));
    },
    fail(gun, error) {
      const code = isNotaryError(error) ? error.code : 'INTERNAL';
      failed.push({ gun, code, message: error instanceof Error ? error.message : String(error) });
    },
    async finish(context, guns) {
      if (draft === undefined) throw new Error('an archive was not begun');
      const loss = before && lossBy(before, { entries, history, failed: failed.length });
      if (entries.size === 0 || loss !== undefined) await leave(context, draft);
      if (loss !== undefined) throw loss;
      if (entries.size > 0) await draft.finish(encodeIndex([...entries.values()]), blobs);
      const repositories = guns.flatMap((gun) => shown.get(gun) ?? []);
      const data = { file: path, written: entries.size > 0, repositories, failed };
      return { ...rendered(archiveCreatedView, data), ...(failed.length > 0 && { status: 1 }) };
    },
  };
}

/** What is replaced must be an archive. @throws NotaryError FILE_UNWRITABLE */
async function archiveThere(context: CommandContext, path: string): Promise<OpenArchive | undefined> {
  try {
    return await context.openArchive(path);
  } catch (error) {
    if (isNotaryError(error, 'FILE_UNREADABLE') && error.details.missing === true) return undefined;
    if (!isNotaryError(error, 'FILE_UNREADABLE', 'ARCHIVE_INVALID')) throw error;
    throw new NotaryError('FILE_UNWRITABLE', `${path} is there and is no archive: it stays as it is`, {
      details: { file: path },
      hint: 'Name another file with -o.',
      cause: error,
    });
  }
}

/** The archive that is there may be the last proof: it is replaced only by one that holds all of it. */
function lossBy(
  { file, records }: OpenArchive,
  after: {
    readonly entries: ReadonlyMap<string, IndexEntry>;
    readonly history: boolean;
    readonly failed: number;
  },
): NotaryError | undefined {
  const { entries, history, failed } = after;
  const details = { file: file.path };
  const hint = 'To keep both, name another file with -o.';
  if (entries.size === 0) return undefined;
  if (failed > 0)
    return new NotaryError('ARCHIVE_INCOMPLETE', `${file.path} stays as it was: not all could be archived`, {
      ...{ details, hint },
    });
  const lost = [...records.values()].filter(
    ({ gun, history: had }) => !entries.has(gun) || (had && !history),
  );
  const [first] = lost;
  if (first === undefined) return undefined;
  const what = entries.has(first.gun) ? `the earlier versions of ${first.gun}` : first.gun;
  const more = lost.length > 1 ? ` and ${lost.length - 1} more` : '';
  return new NotaryError(
    'ARCHIVE_INCOMPLETE',
    `${file.path} stays as it was: it holds ${what}${more}, which the new archive would not hold`,
    { details, hint },
  );
}

/** What was fetched before the server failed need not be fetched again. */
async function leave({ log }: CommandContext, draft: ArchiveDraft): Promise<void> {
  const left = await draft.leave();
  if (left === undefined) return;
  log.warn(
    `no archive was written; what was fetched is kept in ${left}: give --continue to go on, or remove it`,
    'ARCHIVE_UNFINISHED',
  );
}

/** Those of the file of collaborators: what roles and certificates say is in the metadata itself. */
async function namesIn(context: CommandContext, loaded: Updated): Promise<readonly ArchivedName[]> {
  const contents = targetsByRole(loaded);
  const names: KeyNames = await loadedNames(context, [contents]);
  const { root } = loaded;
  const keys = [root.content.keys, ...[...contents.values()].map(({ delegations }) => delegations.keys)];
  const ids = new Set(keys.flatMap((some) => canonicalIds(some)));
  return [...ids].flatMap((keyId) => {
    const { collaborator, nameSource } = names.of(keyId);
    return nameSource === 'file' && collaborator !== undefined ? [{ keyId, name: collaborator }] : [];
  });
}

/** What readers do not believe at this moment is named here: the archive itself says nothing of the clock of this machine. */
function summary(record: RepositoryRecord, loaded: Updated, now: Date): ArchivedRepository {
  const { gun, server, files } = record;
  const expires = loaded.timestamp?.content.expires;
  const asOf = expires === undefined ? undefined : new Date(parseInstant(expires) - timestampLifetime);
  const state = stateOf(loaded, gun);
  return {
    ...{ gun, server, asOf: asOf && formatInstant(asOf), history: record.history },
    files: files.length,
    earlier: files.filter(({ current }) => !current).length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    findings: judge(state, now).filter(({ severity }) => severity === 'error'),
  };
}
