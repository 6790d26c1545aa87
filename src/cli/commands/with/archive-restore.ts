/** Restores the repositories of an archive: plans all of them, shows the plans, asks once, and restores one after the other. */

import type { RepositoryRecord } from '../../../archive/repository-record.ts';
import { archivedRepository } from '../../../client/archive/archived-repository.ts';
import { fingerprintsFor, type KnownAnchor, readAnchors } from '../../../client/archive/known-anchors.ts';
import type { OpenArchive } from '../../../client/archive/open-archive.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { checkArchived, checkContainer } from '../../../client/restore/check-archived.ts';
import { planRestore, type RestorePlan } from '../../../client/restore/plan.ts';
import { restore } from '../../../client/restore/restore.ts';
import { withoutCredentials } from '../../../encoding/url-text.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../../errors.ts';
import {
  type RestoredRepository,
  restoreLine,
  restoreText,
  type ShownRestore,
} from '../../render/archive-restore.ts';
import { answerNeeded } from '../../run/no-input.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import type { Shown } from '../../spec/command-spec.ts';
import { wantedRecords } from './archive-reports.ts';
import { layoutOfQuestions } from './lost-targets-question.ts';

export interface RestoreFlags {
  readonly 'dry-run': boolean;
  readonly root: readonly string[] | undefined;
  readonly to: string;
  readonly yes: boolean;
}

/** Uploads between two messages about how far it has come. */
const messageEvery = 100;

/** A repository that can be restored, with the ports of the new server. */
interface Planned {
  readonly repository: RestoredRepository & { readonly plan: RestorePlan };
  readonly destination: RepositoryPorts;
}

/**
 * @param request.guns the repositories; all of the archive when there are none
 * @throws NotaryError INVALID_FLAG without the new server, and with another one; ABORTED, INPUT_NEEDED; FILE_UNREADABLE, ARCHIVE_INVALID; of one
 * repository alone also the codes of `checkArchived`, `planRestore` and `restore`
 */
export async function runArchiveRestore(
  context: CommandContext,
  { path, guns }: { readonly path: string; readonly guns: readonly string[] },
  flags: RestoreFlags,
): Promise<Shown> {
  if (flags.to === '')
    throw new NotaryError('INVALID_FLAG', 'the new server is not named: give --to URL', {
      details: { flag: 'to' },
    });
  if (context.serverIsNamed)
    throw new NotaryError('INVALID_FLAG', '--server says nothing here: --to names the new server', {
      details: { flag: 'server' },
      hint: 'Nothing was sent. The archive takes the place of the old server, which is not asked; leave -s out.',
    });
  await context.configure();
  const archive = await context.openArchive(path);
  for (const { code, message } of archive.findings) context.log.warn(message, code);
  await checkContainer(archive);
  const records = wantedRecords(archive, guns);
  const known = (flags.root ?? []).map((word) => readAnchors(word, (file) => context.files.read(file)));
  const anchors = flags.root && (await Promise.all(known)).flat();
  const server = withoutCredentials(flags.to);
  const shown: ShownRestore = { path, server, repositories: [], dryRun: flags['dry-run'] };
  const planned = await planAll(context, { archive, records, anchors }, flags, shown);
  if (!flags['dry-run'] && planned.some(({ repository }) => repository.plan.uploads > 0))
    await confirm(context, flags, shown);
  if (!flags['dry-run']) await restoreAll(context, planned, shown);
  return result(context, shown, flags);
}

interface Wanted {
  readonly archive: OpenArchive;
  readonly records: readonly RepositoryRecord[];
  /** Undefined without --root. */
  readonly anchors: readonly KnownAnchor[] | undefined;
}

/** One that cannot be restored does not keep the others from it; the only one fails the command. */
async function planAll(
  context: CommandContext,
  { archive, records, anchors }: Wanted,
  flags: RestoreFlags,
  shown: ShownRestore,
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  const dryRun = flags['dry-run'];
  for (const record of records) {
    const repository: RestoredRepository = { gun: record.gun };
    shown.repositories.push(repository);
    try {
      const fingerprints = anchors && fingerprintsFor(record.gun, anchors);
      await checkArchived(archive.file, record, { fingerprints, clock: context.clock });
      const destination = dryRun
        ? await context.openRepository(record.gun, 'pull', 'read-only', flags.to)
        : await context.openRepository(record.gun, 'push,pull', 'read-write', flags.to);
      const source = await archivedRepository(destination, { archive: archive.file, record }, undefined);
      const plan = await planRestore(source, destination);
      planned.push({ repository: Object.assign(repository, { plan }), destination });
    } catch (error) {
      fail(context, repository, records.length > 1, aboutNewServer(error, record.gun));
    }
  }
  return planned;
}

/** The CA of the configuration is that of the old server, and its clients need it on. */
function aboutNewServer(error: unknown, gun: string): unknown {
  if (!isNotaryError(error, 'OFFLINE')) return error;
  const { reason } = error.details;
  if (typeof reason !== 'string' || !reason.endsWith('signed by unknown authority')) return error;
  return rephrased(error, sameWords, {
    details: { gun },
    hint: 'Nothing was sent. Name the file of the CA of the new server with --tlscacert, which counts for this command alone; remote_server.root_ca stays as it is as long as the old server is read.',
  });
}

async function restoreAll(
  context: CommandContext,
  planned: readonly Planned[],
  shown: ShownRestore,
): Promise<void> {
  for (const { repository, destination } of planned) {
    try {
      repository.result = await restore(destination, repository.plan, (done, of) => {
        if (done % messageEvery === 0 && done < of)
          context.log.notice(`${repository.gun}: ${done} of ${of} uploads are done`, 'UPLOADS_DONE');
      });
    } catch (error) {
      fail(context, repository, shown.repositories.length > 1, error);
    }
  }
}

function fail(
  { log }: CommandContext,
  repository: RestoredRepository,
  several: boolean,
  error: unknown,
): void {
  if (!isNotaryError(error) || isNotaryError(error, 'USAGE', 'INTERRUPTED') || !several) throw error;
  repository.error = error;
  const hint = error.hint === undefined ? '' : `. ${error.hint}`;
  log.error(`${repository.gun}: ${error.message}${hint}`, error.code);
}

const question = 'Restore? (yes/no) ';

/** @throws NotaryError ABORTED, INPUT_NEEDED */
async function confirm(context: CommandContext, { yes }: RestoreFlags, shown: ShownRestore): Promise<void> {
  if (yes) return;
  const { prompter } = context;
  if (context.noInput) throw answerNeeded(question);
  if (context.forProgram || !prompter.interactive) {
    throw new NotaryError('ABORTED', 'the restore was not confirmed: nothing was sent', {
      hint: 'Give -y to restore without a question, and --dry-run to look at it.',
    });
  }
  context.write(restoreText({ ...shown, dryRun: true }, layoutOfQuestions));
  if (!(await prompter.confirm(question)))
    throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was sent');
}

/** The plans have been shown before a question: then the results alone follow. */
function result(context: CommandContext, shown: ShownRestore, { yes }: RestoreFlags): Shown {
  const whole = yes || shown.dryRun || context.forProgram;
  const failed = shown.repositories.some(({ error }) => error !== undefined);
  return {
    text: (layout) => restoreText({ ...shown, whole }, layout),
    json: () => undefined,
    jsonLines: () => shown.repositories.map((one) => restoreLine(one, shown)),
    ...(failed && { status: 1 }),
  };
}
