/** Ends begun rotations: removes the records of those that the server has published, by what an update has loaded. */

import { isNotaryError } from '../../errors.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** What ending the record of a rotation takes. */
export type RotationPorts = Pick<RepositoryPorts, 'journal' | 'cryptoService' | 'heldMetadata'>;

type EndingPorts = Pick<RepositoryPorts, 'gun' | 'remote' | 'clock' | 'log'> & Partial<RotationPorts>;

/** What has been loaded and verified. */
interface Loaded {
  readonly root: Signed<Root>;
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
}

/** Mostly there is none, and then nothing more is loaded. */
export async function endRotations(
  { journal, cryptoService, heldMetadata, ...ports }: EndingPorts,
  { root, targets }: Loaded,
  how: 'mark' | 'finish' | 'leave',
): Promise<void> {
  if (how === 'leave' || journal === undefined || cryptoService === undefined) return;
  if (heldMetadata === undefined || !(await hasRecord(journal))) return;
  const { endTakenRotations } = await import('./finished-rotations.ts');
  const present = { root: root.content, targets: [...targets.values()].map(({ content }) => content) };
  await endTakenRotations({ ...ports, journal, cryptoService, heldMetadata }, present, how === 'finish');
}

/** Roles of whose rotations there are records. */
const recordedRoles = ['root', 'targets', 'snapshot'];

async function hasRecord(journal: RotationPorts['journal']): Promise<boolean> {
  try {
    const records = await Promise.all(recordedRoles.map((role) => journal.read(role)));
    return records.some((record) => record !== undefined);
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
