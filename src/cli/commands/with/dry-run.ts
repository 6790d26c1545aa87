/** Shows what a command would do: the part that `diff` and every `--dry-run` share. */

import type { Difference } from '../../../client/preview/difference.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import type { Targets } from '../../../metadata/targets.ts';
import { type RepositoryState, targetsVersion } from '../../../review/state.ts';
import { type DiffSide, differencesView } from '../../render/differences.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import type { Shown } from '../../spec/command-spec.ts';
import { rendered } from '../../spec/command-spec.ts';

export interface DifferenceOptions {
  readonly full: boolean;
  readonly exitCode: boolean;
  /** What the states are called; the first is `published` without it. */
  readonly from?: string;
  readonly to: string;
  /** The cache stands in for the server. */
  readonly offline?: boolean;
}

/** The result of a look: the same findings decide text, JSON and exit status. */
export async function shownDifference(
  context: CommandContext,
  { gun, cache }: Pick<RepositoryPorts, 'gun' | 'cache'>,
  { before, after, changes, findings, initial }: Difference,
  { full, exitCode, from = 'published', to, offline = false }: DifferenceOptions,
): Promise<Shown> {
  const names = await loadedNames(context, [contents(before), contents(after)]);
  const asOf = offline ? await vouchedUntil(cache) : undefined;
  const side = (state: string, content: RepositoryState): DiffSide =>
    state !== 'published'
      ? { state }
      : {
          state: initial ? 'not published' : state,
          ...(!initial && { targetsVersion: targetsVersion(content) }),
          ...(asOf !== undefined && { asOf }),
        };
  const data = { gun, from: side(from, before), to: side(to, after), changes, findings, names, full };
  const fails = findings.some(({ prevents }) => prevents === true);
  const differs = changes.length > 0 || findings.length > 0;
  const status = fails ? 4 : differs ? 3 : undefined;
  return { ...rendered(differencesView, data), ...(exitCode && status !== undefined && { status }) };
}

/** By role, the content of every file of a state, believed or not. */
export function contents({ roles }: RepositoryState): ReadonlyMap<string, Targets> {
  const found = new Map<string, Targets>();
  for (const [name, { file }] of roles) if (file !== undefined) found.set(name, file.content);
  return found;
}

async function vouchedUntil(cache: RepositoryPorts['cache']): Promise<string | undefined> {
  const { parseEnvelope } = await import('../../../metadata/signed.ts');
  const { parseTimestamp } = await import('../../../metadata/snapshot.ts');
  const bytes = await cache.get('timestamp');
  return bytes && parseTimestamp(parseEnvelope(bytes)).content.expires;
}

/**
 * Opens a repository for staging into memory.
 *
 * @param withStaged what is staged already would be published along; else it is left out of the look
 */
export async function openForLook(
  context: CommandContext,
  gun: string,
  withStaged: boolean,
): Promise<RepositoryPorts> {
  const { memoryChangelist } = await import('../../../client/stage/memory-changelist.ts');
  const collection = await context.openRepository(gun, 'pull', 'read-only');
  return { ...collection, changelist: memoryChangelist(withStaged ? collection.changelist : undefined) };
}

/** What has been staged into memory, on what is published. */
export async function lookAtStaged(
  context: CommandContext,
  collection: RepositoryPorts,
  { full, 'exit-code': exitCode }: { readonly full: boolean; readonly 'exit-code': boolean },
): Promise<Shown> {
  const { previewPublish } = await import('../../../client/preview/preview.ts');
  const difference = await previewPublish(collection);
  return shownDifference(context, collection, difference, { full, exitCode, to: 'dry-run' });
}
