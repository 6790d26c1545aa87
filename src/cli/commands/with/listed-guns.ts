/** Reads the GUNs of several lists of repositories. */

import type { Files } from '../../../ports/files.ts';
import { readRepositoryList } from '../../batch/repository-list.ts';

/** The GUNs in the order of the lists. @throws NotaryError as `readRepositoryList` */
export async function listedGuns(lists: readonly string[], files: Files): Promise<readonly string[]> {
  const guns: string[] = [];
  for (const list of lists) for (const gun of await readRepositoryList(list, files)) guns.push(gun);
  return guns;
}
