/** Compares two states of a repository that the caller names: published, staged, or of an earlier version. */

import type { RepositoryState } from '../../review/state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type Difference, difference } from './difference.ts';
import { pastState } from './past-state.ts';
import { loadForPreview } from './preview.ts';
import { emptyState, stateOf } from './published-state.ts';
import { previewChanges, stagedChanges } from './staged-state.ts';

/** What the server serves, what a publish would make of it, or what was served with that version of `targets`. */
export type NamedState = 'published' | 'staged' | { readonly targetsVersion: number };

/**
 * What differs between two states, and what is worse in the second one. It writes nothing when the ports do not, and
 * asks for no passphrase.
 *
 * @param offline take what this machine has seen last in place of what the server serves
 * @throws NotaryError the codes of `loadForPreview` and `pastState`
 */
export async function compareStates(
  ports: RepositoryPorts,
  { from, to }: { readonly from: NamedState; readonly to: NamedState },
  offline: boolean,
): Promise<Difference> {
  const loaded = await loadForPreview(ports, offline);
  const { initial, repo } = loaded;
  const stateNamed = async (name: NamedState): Promise<RepositoryState> => {
    if (name === 'staged') return (await previewChanges(ports, loaded, await stagedChanges(ports))).after;
    if (name !== 'published') return pastState(ports, repo, name.targetsVersion);
    return initial ? emptyState(ports.gun) : stateOf(repo, ports.gun);
  };
  const before = await stateNamed(from);
  const after = await stateNamed(to);
  return { ...difference(before, after, ports.clock.now()), initial };
}
