/** Loads what the server serves and previews a publish on it: what would change, and what would go wrong. */

import type { Change } from '../../changelist/change.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { type LoadedForPublishing, loadInitialized, loadPublished } from '../draft/load.ts';
import { similarGuns } from '../read/similar-guns.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { refusingCache } from '../update/refusing-cache.ts';
import { update } from '../update/update.ts';
import { type Difference, difference } from './difference.ts';
import { previewChanges, stagedChanges } from './staged-state.ts';

export interface PreviewOptions {
  /** Take what this machine has seen last in place of what the server serves. */
  readonly offline?: boolean;
  /** In place of what is staged. */
  readonly changes?: readonly Change[];
  /** Of a repository that is nowhere, what a publish would make of it. */
  readonly creates?: boolean;
}

/**
 * What publishing the staged changes would come to. It writes nothing when the ports do not, and asks for no passphrase.
 *
 * @throws NotaryError the codes of an update; REPOSITORY_NOT_EXIST when there is none, neither on the server nor here
 */
export async function previewPublish(
  ports: RepositoryPorts,
  { offline = false, changes, creates = false }: PreviewOptions = {},
): Promise<Difference> {
  const loaded = await loadIfThere(ports, offline);
  const applied = changes === undefined ? await stagedChanges(ports) : { changes };
  if (loaded === undefined && creates) return (await import('./creation.ts')).previewCreation(ports, applied);
  if (loaded === undefined) throw await nowhere(ports);
  const { before, after } = await previewChanges(ports, loaded, applied);
  return { ...difference(before, after, ports.clock.now()), initial: loaded.initial };
}

/** @throws NotaryError REPOSITORY_NOT_EXIST; the codes of an update */
export async function loadForPreview(ports: RepositoryPorts, offline: boolean): Promise<LoadedForPublishing> {
  const loaded = await loadIfThere(ports, offline);
  if (loaded === undefined) throw await nowhere(ports);
  return loaded;
}

async function loadIfThere(
  ports: RepositoryPorts,
  offline: boolean,
): Promise<LoadedForPublishing | undefined> {
  const published = offline ? await loadCached(ports) : await loadServed(ports);
  return published ?? (await loadInitialized(ports));
}

/** What an earlier update has left here is no answer: by it a key that came since would be in no role. */
function loadServed(ports: RepositoryPorts): Promise<LoadedForPublishing | undefined> {
  return loadPublished({ ...ports, caution: refusingCache(ports.caution) }, { rotations: 'leave' });
}

/** A look makes nothing, so that it advises to make nothing either: the name is most likely misspelt. */
async function nowhere(ports: RepositoryPorts): Promise<NotaryError> {
  const { gun, remote } = ports;
  const near = await similarGuns(ports);
  const names = near.map((one) => JSON.stringify(one)).join(' or ');
  return new NotaryError('REPOSITORY_NOT_EXIST', `${remote.location} does not have trust data for ${gun}`, {
    details: { gun, server: remote.location, ...(near.length > 0 && { similar: near }) },
    hint:
      near.length > 0
        ? `Nothing of ${gun} is here either. Did you mean ${names}?`
        : `Nothing of ${gun} is here either: check the name and the server. What a publish would make of it: tsnotary publish ${shellWord(gun)} --dry-run`,
  });
}

async function loadCached(ports: RepositoryPorts): Promise<LoadedForPublishing | undefined> {
  if ((await ports.cache.get('timestamp')) === undefined) return undefined;
  const { root, snapshot, targets, unusable, unreadable } = await update(ports, { rotations: 'leave' });
  return { repo: { root, snapshot, targets, unusable, unreadable }, initial: false };
}
