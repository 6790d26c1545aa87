/** Reports the expiry of repositories, in the format that was asked for. */

import { lookAtExpiry } from '../../../client/expiry/look.ts';
import { targetsByRole } from '../../../client/read/find-target.ts';
import { formatInstant } from '../../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../../errors.ts';
import { statusOf } from '../../../review/finding.ts';
import { parseDuration, parsePointInTime } from '../../args/time-values.ts';
import { expiryView, type ShownExpiry } from '../../render/expiry.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { type Gathering, rendered, type Shown } from '../../spec/command-spec.ts';
import { openForReading } from './reading.ts';

export interface ExpiryFlags {
  readonly archive: string;
  readonly at: string;
  readonly critical: string;
  readonly format: string;
  readonly textfile: string;
  readonly warn: string;
}

const formats = ['table', 'json', 'prometheus', 'nagios', 'ics'] as const;
type Format = (typeof formats)[number];

const day = 24 * 60 * 60 * 1000;
const defaultWarn = 60 * day;
const defaultCritical = 14 * day;

/** @throws NotaryError INVALID_FLAG; the codes of `lookAtExpiry` */
export async function runExpiry(context: CommandContext, gun: string, flags: ExpiryFlags): Promise<Shown> {
  const format = formatOf(flags);
  if (format === 'table' || format === 'json') {
    const shown = await look(context, gun, flags);
    const status = statusOfAll([shown], 0);
    return { ...rendered(expiryView, shown), ...(status !== 0 && { status }) };
  }
  const gathering = gatherExpiry(flags);
  try {
    await gathering.add(context, gun);
  } catch (error) {
    // Monitoring reads a document also where nothing could be looked at; what is wrong goes to the log.
    if (!isNotaryError(error) || isOfTheCommandLine(error)) throw error;
    gathering.fail(gun, error);
    context.log.error(error.message, error.code);
    if (error.hint !== undefined) context.log.error(error.hint, error.code);
  }
  return gathering.finish(context, [gun]);
}

function isOfTheCommandLine(error: NotaryError): boolean {
  return isNotaryError(error, 'INVALID_FLAG', 'CONFIG_INVALID', 'CONFIG_UNREADABLE', 'INTERRUPTED');
}

/** @throws NotaryError INVALID_FLAG */
export function gatherExpiry(flags: ExpiryFlags): Gathering {
  const format = formatOf(flags);
  const reports = new Map<string, ShownExpiry>();
  const failures = new Map<string, string>();
  return {
    async add(context, gun) {
      reports.set(gun, await look(context, gun, flags));
    },
    fail(gun, error) {
      failures.set(gun, error instanceof Error ? error.message : String(error));
    },
    async finish(context, guns) {
      const shown = guns.flatMap((gun) => reports.get(gun) ?? []);
      const failed = guns.flatMap((gun) => {
        const reason = failures.get(gun);
        return reason === undefined ? [] : [{ gun, reason }];
      });
      const all = { reports: shown, failed, now: context.clock.now() };
      const { expiryDocument } = await import('../../render/expiry-documents.ts');
      const text = expiryDocument(format, all);
      if (flags.textfile !== '') await context.files.write(flags.textfile, Buffer.from(text), 0o644);
      const status =
        format === 'nagios' ? nagiosStatus(shown, failed.length) : statusOfAll(shown, failed.length);
      return {
        text: () => (flags.textfile === '' ? text : ''),
        json: () => undefined,
        ...(status !== 0 && { status }),
      };
    },
  };
}

/** @throws NotaryError INVALID_FLAG */
function formatOf({ format, textfile }: ExpiryFlags): Format {
  if (textfile !== '' && format !== '' && format !== 'prometheus')
    throw new NotaryError('INVALID_FLAG', `--textfile is written in the format prometheus, not ${format}`);
  if (format === '') return textfile === '' ? 'table' : 'prometheus';
  const known = formats.find((one) => one === format);
  if (known !== undefined) return known;
  throw new NotaryError(
    'INVALID_FLAG',
    `invalid value ${JSON.stringify(format)} for --format: it must be ${formats.join(', ')}`,
  );
}

async function look(context: CommandContext, gun: string, flags: ExpiryFlags): Promise<ShownExpiry> {
  const later = flags.at === '' ? undefined : parsePointInTime(flags.at, '--at', context.clock.now());
  const warn = flags.warn === '' ? defaultWarn : parseDuration(flags.warn, '--warn');
  const critical = flags.critical === '' ? defaultCritical : parseDuration(flags.critical, '--critical');
  await context.configure();
  const { archive } = flags;
  const collection =
    archive === ''
      ? await context.openRepository(gun, 'pull', 'read-only')
      : await openForReading(context, gun, { archive, at: '' });
  const at = later ?? collection.clock.now();
  const { rows, findings, loaded } = await lookAtExpiry(collection, { at, warn, critical });
  const names = await loadedNames(context, [targetsByRole(loaded)]);
  return { gun, at: formatInstant(at), rows, findings, names, warn, critical };
}

/** The worst wins: what could not be looked at, then what is over, then what is near. */
function statusOfAll(reports: readonly ShownExpiry[], failed: number): number {
  if (failed > 0) return 1;
  return statusOf(reports.flatMap((report) => report.findings));
}

/** Of the monitoring plug-ins: 0 OK, 1 warning, 2 critical, 3 unknown; critical comes before unknown. */
function nagiosStatus(reports: readonly ShownExpiry[], failed: number): number {
  const worst = statusOfAll(reports, 0);
  if (worst === 4) return 2;
  if (failed > 0) return 3;
  return worst === 3 ? 1 : 0;
}
