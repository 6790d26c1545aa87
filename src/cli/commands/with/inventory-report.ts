/** Reports the inventory of repositories, in the format that was asked for. */

import { statusOf, statusOfReferences } from '../../../client/inventory/inventory-findings.ts';
import { isLoss } from '../../../client/inventory/losses.ts';
import { type SignatureKind, signatureKinds } from '../../../client/inventory/signature-conventions.ts';
import { takeInventory } from '../../../client/inventory/take-inventory.ts';
import { targetsByRole } from '../../../client/read/find-target.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { isNotaryError, NotaryError } from '../../../errors.ts';
import type { Finding } from '../../../review/finding.ts';
import {
  inventoryData,
  inventoryFinding,
  inventoryText,
  type ShownInventory,
} from '../../render/inventory.ts';
import { unlimited } from '../../render/view.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import type { Gathering, Shown } from '../../spec/command-spec.ts';
import { openForReading } from './reading.ts';

export interface InventoryFlags {
  readonly archive: string;
  readonly check: readonly string[] | undefined;
  readonly format: string;
  readonly missing: string;
  readonly 'plain-http': readonly string[] | undefined;
  readonly registry: boolean;
}

const formats = ['table', 'json', 'csv', 'refs'] as const;
type Format = (typeof formats)[number];

interface InventoryOptions {
  /** Empty for the server. */
  readonly archive: string;
  readonly format: Format;
  readonly checks: readonly SignatureKind[];
  readonly missing: SignatureKind | undefined;
  readonly asksRegistry: boolean;
  readonly plainHttp: readonly string[];
}

/**
 * One GUN fails as a command does; of several each is looked at, and those that fail are named.
 *
 * @param named none for all that the archive holds
 * @throws NotaryError INVALID_FLAG; for one GUN the codes of `takeInventory`
 */
export async function runInventory(
  context: CommandContext,
  named: readonly string[],
  flags: InventoryFlags,
): Promise<Shown> {
  const gathering = gatherInventory(flags);
  const guns = named.length > 0 ? named : await archivedGuns(context, flags.archive);
  for (const gun of guns) {
    try {
      await gathering.add(context, gun);
    } catch (error) {
      if (guns.length === 1 || !isNotaryError(error) || isOfTheCommandLine(error)) throw error;
      gathering.fail(gun, error);
      if (context.forProgram) continue;
      context.log.error(`${gun}: ${error.message}`, error.code);
      if (error.hint !== undefined) context.log.error(error.hint, error.code);
    }
  }
  return gathering.finish(context, guns);
}

async function archivedGuns(context: CommandContext, archive: string): Promise<readonly string[]> {
  return [...(await context.openArchive(archive)).records.keys()];
}

function isOfTheCommandLine(error: NotaryError): boolean {
  return isNotaryError(error, 'INVALID_FLAG', 'CONFIG_INVALID', 'CONFIG_UNREADABLE', 'INTERRUPTED');
}

/** @throws NotaryError INVALID_FLAG */
export function gatherInventory(flags: InventoryFlags): Gathering {
  const options = optionsOf(flags);
  const found = new Map<string, ShownInventory>();
  const failures = new Map<string, unknown>();
  return {
    async add(context, gun) {
      found.set(gun, await look(context, gun, options));
    },
    fail(gun, error) {
      failures.set(gun, error);
    },
    async finish(context, guns) {
      const shown = guns.flatMap((gun) => found.get(gun) ?? []);
      const worst = shown.flatMap(({ findings }) => findings);
      const statusFor = options.format === 'refs' ? statusOfReferences : statusOf;
      return {
        ...{ text: await textOf(context, shown, options), json: () => undefined },
        jsonLines: () => guns.flatMap((gun) => lineOf(gun, found.get(gun), failures.get(gun))),
        status: failures.size > 0 ? 1 : statusFor(worst),
      };
    },
  };
}

function lineOf(gun: string, shown: ShownInventory | undefined, failure: unknown) {
  if (shown !== undefined) return [inventoryData(shown)];
  if (!isNotaryError(failure)) return [];
  const { code, message, details, hint } = failure;
  return [{ gun, error: { code, message, details, ...(hint !== undefined && { hint }) } }];
}

async function textOf(
  context: CommandContext,
  shown: readonly ShownInventory[],
  { format }: InventoryOptions,
): Promise<Shown['text']> {
  if (format === 'json') return () => '';
  if (format === 'table') return (layout) => inventoryText(shown, layout);
  const { inventoryCsv, inventoryReferences } = await import('../../render/inventory-documents.ts');
  // Standard output is for a program: what needs attention goes to the log.
  for (const { gun, findings } of shown) for (const finding of findings) logFinding(context, gun, finding);
  const text = format === 'csv' ? inventoryCsv(shown) : inventoryReferences(shown);
  return () => text;
}

function logFinding({ log }: CommandContext, gun: string, finding: Finding): void {
  const { code } = finding;
  const message = `${gun}: ${inventoryFinding(finding, unlimited)}`;
  if (isLoss(finding)) log.notice(message, code);
  // What is missing is on standard output, and the command that lists it is this one.
  else if (code !== 'SIGNATURE_MISSING') log.warn(message, code);
}

async function look(
  context: CommandContext,
  gun: string,
  { archive, format, checks, missing, asksRegistry, plainHttp }: InventoryOptions,
): Promise<ShownInventory> {
  await context.configure();
  const ports = await openForLook(context, gun, archive);
  const registry = asksRegistry ? await context.openRegistry(plainHttp) : undefined;
  const { loaded, ...taken } = await takeInventory(ports, {
    ...{ checks, wantsReferences: format === 'refs' },
    ...(registry && { registry }),
  });
  const names = await loadedNames(context, [targetsByRole(loaded)]);
  return { gun, ...taken, names, checks, missing, asksRegistry };
}

/** What is read is what the server has now, or what the archive has; nothing is written. */
function openForLook(context: CommandContext, gun: string, archive: string): Promise<RepositoryPorts> {
  return archive === ''
    ? context.openRepository(gun, 'pull', 'read-only')
    : openForReading(context, gun, { archive, at: '' });
}

/** What is missing has to be looked for, and signatures are where the image is. @throws NotaryError INVALID_FLAG */
function optionsOf(flags: InventoryFlags): InventoryOptions {
  const missing = flags.missing === '' ? undefined : oneOf(signatureKinds, flags.missing, '--missing');
  const named = namedIn(flags, 'check').map((kind) => oneOf(signatureKinds, kind, '--check'));
  const checks = signatureKinds.filter((kind) => named.includes(kind) || kind === missing);
  return {
    ...{ archive: flags.archive, checks, missing },
    format: flags.format === '' ? 'table' : oneOf(formats, flags.format, '--format'),
    asksRegistry: flags.registry || checks.length > 0,
    plainHttp: namedIn(flags, 'plain-http').map(checkedHost),
  };
}

/** A list without a word, as of an unset variable, is not taken for a missing flag. */
function namedIn(flags: InventoryFlags, flag: 'check' | 'plain-http'): readonly string[] {
  const words = flags[flag];
  if (words?.length !== 0) return words ?? [];
  throw new NotaryError('INVALID_FLAG', `invalid argument "" for "--${flag}" flag: it must not be empty`, {
    details: { flag },
    hint: 'Is a variable of the script empty? Nothing was done.',
  });
}

function oneOf<Word extends string>(words: readonly Word[], given: string, flag: string): Word {
  const known = words.find((word) => word === given);
  if (known !== undefined) return known;
  throw new NotaryError(
    'INVALID_FLAG',
    `invalid value ${JSON.stringify(given)} for ${flag}: it must be ${words.join(', ')}`,
  );
}

/** An address that names no registry would leave its images to https without a word. */
function checkedHost(host: string): string {
  if (/^[^\s/]+$/.test(host)) return host;
  throw new NotaryError(
    'INVALID_FLAG',
    `invalid value ${JSON.stringify(host)} for --plain-http: it must be the HOST or HOST:PORT in the names of the images`,
  );
}
