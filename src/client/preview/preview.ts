/** Loads what the server serves and previews a publish on it: what would change, and what would go wrong. */

import type { Change } from '../../changelist/change.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { compare, type StateChange } from '../../review/compare.ts';
import { type Finding, newFindings } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import type { RepositoryState } from '../../review/state.ts';
import { type LoadedForPublishing, loadInitialized, loadPublished } from '../draft/load.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { update } from '../update/update.ts';
import { previewChanges, stagedChanges } from './staged-state.ts';

/** Two states, what differs, and what gets worse. */
export interface Difference {
  readonly before: RepositoryState;
  readonly after: RepositoryState;
  readonly changes: readonly StateChange[];
  readonly findings: readonly Finding[];
  /** True when the server does not have the repository yet. */
  readonly initial: boolean;
}

export interface PreviewOptions {
  /** Take what this machine has seen last in place of what the server serves. */
  readonly offline?: boolean;
  /** In place of what is staged. */
  readonly changes?: readonly Change[];
}

/**
 * What publishing the staged changes would come to. It writes nothing when the ports do not, and asks for no passphrase.
 *
 * @throws NotaryError the codes of an update; REPOSITORY_NOT_EXIST when there is none, neither on the server nor here;
 * MALFORMED_JSON for a damaged change
 */
export async function previewPublish(
  ports: RepositoryPorts,
  { offline = false, changes }: PreviewOptions = {},
): Promise<Difference> {
  const loaded = await loadForPreview(ports, offline);
  const { before, after } = await previewChanges(ports, loaded, changes ?? (await stagedChanges(ports)));
  return { ...difference(before, after, ports.clock.now()), initial: loaded.initial };
}

/** What differs between two states, and what is worse in the second one. */
export function difference(
  before: RepositoryState,
  after: RepositoryState,
  at: Date,
): Omit<Difference, 'initial'> {
  const findings = newFindings(judge(after, at), judge(before, at));
  return { before, after, changes: compare(before, after), findings };
}

/** @throws NotaryError REPOSITORY_NOT_EXIST; the codes of an update */
export async function loadForPreview(ports: RepositoryPorts, offline: boolean): Promise<LoadedForPublishing> {
  const published = offline ? await loadCached(ports) : await loadPublished(ports, { rotations: 'leave' });
  const loaded = published ?? (await loadInitialized(ports));
  if (loaded !== undefined) return loaded;
  const { gun, remote } = ports;
  throw new NotaryError('REPOSITORY_NOT_EXIST', `${remote.location} does not have trust data for ${gun}`, {
    details: { gun, server: remote.location },
    hint: `A publish would make the repository, with new keys. To make it first: tsnotary init ${shellWord(gun)}`,
  });
}

async function loadCached(ports: RepositoryPorts): Promise<LoadedForPublishing | undefined> {
  if ((await ports.cache.get('timestamp')) === undefined) return undefined;
  const { root, snapshot, targets, unusable, unreadable } = await update(ports, { rotations: 'leave' });
  return { repo: { root, snapshot, targets, unusable, unreadable }, initial: false };
}
