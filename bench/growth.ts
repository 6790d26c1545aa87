/** How the work grows with the repository: each kind of work on repositories ten times as large as the one before. */

import type { Home } from '../test/support/genuine/home.ts';
import type { Stage } from '../test/support/genuine/stage.ts';
import { delegatedCollection, makeCertificate, makeCollection, stageTargets } from './collections.ts';
import { type Measure, measure, middle } from './measure.ts';

export interface Growth {
  readonly work: string;
  /** `targets` or `delegations`, each with a target of its own. */
  readonly of: string;
  readonly sizes: readonly { readonly size: number; readonly figures: Measure }[];
}

interface Work {
  readonly name: string;
  readonly args: (gun: string, size: number) => readonly string[];
  readonly before?: (home: Home, gun: string, round: number) => void;
}

const listing: Work = { name: 'list', args: (gun) => ['list', gun] };
const publishing: Work = {
  name: 'publish of one target',
  args: (gun) => ['publish', gun],
  before: (home, gun, round) => stageTargets(home, gun, 1, `r${round}-`),
};

const targetWork: readonly Work[] = [
  listing,
  { name: 'lookup', args: (gun, size) => ['lookup', gun, `v${size - 1}`] },
  publishing,
];

const delegationWork: readonly Work[] = [
  listing,
  { name: 'lookup', args: (gun, size) => ['lookup', gun, `t${size - 1}`] },
  publishing,
];

/** Measures tsnotary with warm caches, medians of `rounds` runs. Without a round trip on the way. */
export async function growth(stage: Stage, rounds: number, quick: boolean): Promise<readonly Growth[]> {
  const largest = quick ? 2 : 3;
  const sizes = (first: number) => Array.from({ length: largest }, (_, step) => first * 10 ** step);
  const owner = stage.home('owner of what grows');
  await makeCertificate(owner);
  const targets = await measured(
    stage,
    owner,
    rounds,
    'targets',
    sizes(1000),
    targetWork,
    async (gun, size) => {
      await makeCollection(owner, gun);
      stageTargets(owner, gun, size);
      await owner.tsnotary('publish', gun);
    },
  );
  const delegations = await measured(
    stage,
    owner,
    rounds,
    'delegations',
    sizes(10),
    delegationWork,
    (gun, size) => delegatedCollection(owner, gun, size),
  );
  return [...targets, ...delegations];
}

async function measured(
  stage: Stage,
  owner: Home,
  rounds: number,
  of: string,
  sizes: readonly number[],
  works: readonly Work[],
  make: (gun: string, size: number) => Promise<void>,
): Promise<readonly Growth[]> {
  const found = works.map(({ name }) => ({
    work: name,
    of,
    sizes: [] as { size: number; figures: Measure }[],
  }));
  for (const size of sizes) {
    const gun = `example.com/growth/${of}${size}`;
    await make(gun, size);
    for (const [index, { args, before }] of works.entries()) {
      const runs: Measure[] = [];
      for (let round = 0; round <= rounds; round++) {
        before?.(owner, gun, round);
        runs.push(
          await measure({ server: stage.server, connections: () => 0 }, owner, 'tsnotary', args(gun, size)),
        );
      }
      // The first run fills what the others find.
      found[index]?.sizes.push({ size, figures: middle(runs.slice(1)) });
    }
  }
  return found;
}

/** One line for each kind of work: seconds and MiB at each size, and by how much the last step has multiplied them. */
export function showGrowth({ work, of, sizes }: Growth): string {
  const cells = sizes.map(
    ({ size, figures }) =>
      `${size.toLocaleString('en')}: ${(figures.milliseconds / 1000).toFixed(3)} s, ${figures.mebibytes.toFixed(0)} MiB`,
  );
  const [before, last] = sizes.slice(-2).map(({ figures }) => figures);
  const times = before && last ? (last.milliseconds / before.milliseconds).toFixed(1) : '?';
  return `${work}, ${of}: ${cells.join(' · ')} (last step x ${times})`;
}
