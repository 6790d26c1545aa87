/** What is measured: each kind of work beside the genuine client, or beside a Node that does nothing. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../test/support/genuine/home.ts';
import { commandOf } from '../test/support/genuine/programs.ts';
import type { Stage } from '../test/support/genuine/stage.ts';
import {
  delegatedCollection,
  makeCertificate,
  makeCollection,
  stageDelegations,
  stageTargets,
} from './collections.ts';

export interface Runner {
  readonly home: Pick<Home, 'env' | 'work'>;
  readonly args: readonly string[];
  /** In place of the program of that name: what comes before the arguments. */
  readonly program?: readonly string[];
  /** The run does this part of the work only, and its figures are scaled up. */
  readonly part?: number;
  /** Done before each run, and not timed. */
  readonly before?: (round: number) => Promise<void> | void;
}

export interface Row {
  readonly work: string;
  /** The most that the ratio should be. */
  readonly goal: number;
  readonly against: 'notary' | 'docker' | 'bare node' | 'tsnotary';
  readonly rounds: number;
  /** Absent beside a bare node. */
  readonly notary?: Runner;
  readonly tsnotary: Runner;
}

/** Makes both runners in the same way, each with a collection and a home of its own. */
async function both(
  make: (program: 'notary' | 'tsnotary') => Promise<Runner>,
): Promise<{ readonly notary: Runner; readonly tsnotary: Runner }> {
  return { notary: await make('notary'), tsnotary: await make('tsnotary') };
}

function forget(home: Home): void {
  rmSync(join(home.trustDir, 'tuf'), { recursive: true, force: true });
}

/** Rows over a link with a round trip. */
export async function networkRows(stage: Stage, rounds: number): Promise<readonly Row[]> {
  const owner = stage.home('network owner');
  await makeCertificate(owner);
  const many = 'example.com/network/many';
  await delegatedCollection(owner, many, 20);
  const few = 'example.com/network/few';
  await makeCollection(owner, few);
  stageTargets(owner, few, 3);
  await owner.tsnotary('publish', few);

  const reading = (args: readonly string[], cold: boolean) =>
    both(async (program) => {
      const home = stage.home(`${program} ${args.join(' ')} ${cold}`, { passphrases: 'none' });
      return { home, args, before: () => (cold ? forget(home) : undefined) };
    });
  const publishing = both(async (program) => {
    const home = stage.home(`${program} publishing`);
    const gun = `example.com/network/${program}`;
    await makeCertificate(home);
    await makeCollection(home, gun);
    return {
      home,
      args: ['publish', gun],
      before: (round: number) => stageDelegations(home, gun, 1, `r${round + 1}-`),
    };
  });
  const rotating = both(async (program) => {
    const home = stage.home(`${program} rotating`);
    const gun = `example.com/network/rotated-${program}`;
    await makeCollection(home, gun);
    return { home, args: ['key', 'rotate', gun, 'snapshot', '-r'] };
  });
  const common = { against: 'notary', rounds } as const;
  return [
    {
      ...common,
      work: 'delegation list, 20 delegations, empty cache, RTT 50 ms',
      goal: 0.15,
      ...(await reading(['delegation', 'list', many], true)),
    },
    {
      ...common,
      work: 'delegation list, nothing changed, RTT 50 ms',
      goal: 0.75,
      ...(await reading(['delegation', 'list', many], false)),
    },
    {
      ...common,
      work: 'list, empty cache, RTT 50 ms',
      goal: 0.5,
      ...(await reading(['list', few], true)),
    },
    { ...common, work: 'publish of one delegation, RTT 50 ms', goal: 0.75, ...(await publishing) },
    { ...common, work: 'key rotate GUN snapshot -r, RTT 50 ms', goal: 0.5, ...(await rotating) },
  ];
}

/** One command over many repositories beside a loop of the shell, over a link with a round trip. */
export async function manyRows(stage: Stage, rounds: number, count: number): Promise<readonly Row[]> {
  const guns = Array.from({ length: count }, (_, index) => `example.com/many/image${index}`);
  const list = guns.join('\n');
  const owner = stage.home('owner of many');
  // What is made here need not be far away.
  owner.configure({ remote_server: { url: stage.server.url, root_ca: 'root-ca.crt' } });
  owner.write('list', list);
  await makeCertificate(owner);
  await owner.tsnotary('publish', '--repos', 'list');
  await owner.tsnotary(
    'delegation',
    'add',
    '--repos',
    'list',
    'targets/releases',
    'd.crt',
    '--all-paths',
    '-p',
  );

  const [looping, reading] = ['loop', 'list'].map((name) => {
    const home = stage.home(`${name} over many`, { passphrases: 'none' });
    home.write('list', list);
    return { home, before: () => forget(home) };
  });
  if (looping === undefined || reading === undefined) throw new Error('nobody is there');
  const sample = guns.slice(0, Math.max(4, count / 20));
  return [
    {
      work: `delegation list of ${count} repositories, empty caches, RTT 50 ms (beside a loop over ${sample.length}, scaled)`,
      ...{ goal: 0.03, against: 'notary', rounds: Math.min(rounds, 3) },
      notary: {
        ...looping,
        program: ['sh', '-ec', 'for gun; do notary delegation list "$gun"; done', 'sh'],
        args: sample,
        part: sample.length / count,
      },
      tsnotary: { ...reading, args: ['delegation', 'list', '--repos', 'list'] },
    },
    ...fleetRows(stage, { rounds: Math.min(rounds, 5), count, list }),
  ];
}

/** Looks over many repositories beside `delegation list` of the same. */
function fleetRows(
  stage: Stage,
  { rounds, count, list }: { readonly rounds: number; readonly count: number; readonly list: string },
): readonly Row[] {
  const looks = [['expiry'], ['renew', '--within', '90d', '-y']] as const;
  return looks.map((words) => {
    const [listing, looking] = ['list', words[0]].map((name) => {
      const home = stage.home(`${name} beside ${words[0]}`, { passphrases: 'none' });
      home.write('list', list);
      return { home, before: () => forget(home) };
    });
    if (listing === undefined || looking === undefined) throw new Error('nobody is there');
    const repos = ['--repos', 'list'];
    return {
      work: `${words.join(' ')} of ${count} repositories, empty caches, RTT 50 ms (beside delegation list)`,
      ...{ goal: 1.2, against: 'tsnotary', rounds },
      notary: { ...listing, program: commandOf('tsnotary'), args: ['delegation', 'list', ...repos] },
      tsnotary: { ...looking, args: [...words, ...repos] },
    };
  });
}

/** Rows with a large repository, on loopback. */
export async function largeRows(stage: Stage, rounds: number, size: number): Promise<readonly Row[]> {
  const owner = stage.home('large owner');
  const gun = 'example.com/large/read';
  await makeCollection(owner, gun);
  stageTargets(owner, gun, size);
  await owner.tsnotary('publish', gun);

  const reading = (args: readonly string[]) =>
    both(async (program) => ({
      home: stage.home(`${program} ${args[0] ?? ''}`, { passphrases: 'none' }),
      args,
    }));
  const publishing = both(async (program) => {
    const home = stage.home(`${program} large`);
    const own = `example.com/large/${program}`;
    await makeCollection(home, own);
    stageTargets(home, own, size);
    await home.tsnotary('publish', own);
    return {
      home,
      args: ['publish', own],
      before: (round: number) => stageTargets(home, own, 1, `r${round + 1}-`),
    };
  });
  const common = { against: 'notary', rounds } as const;
  const targets = size.toLocaleString('en');
  return [
    { ...common, work: `list, ${targets} targets, warm cache`, goal: 0.3, ...(await reading(['list', gun])) },
    {
      ...common,
      work: `lookup in ${targets} targets, warm cache`,
      goal: 0.4,
      ...(await reading(['lookup', gun, `v${size - 1}`])),
    },
    { ...common, work: `publish of one target into ${targets}`, goal: 0.65, ...(await publishing) },
  ];
}

/** Rows in which much is staged, on loopback. */
export async function stagedRows(stage: Stage, rounds: number, count: number): Promise<readonly Row[]> {
  const staging = (what: string, stageMany: (home: Home, gun: string) => Promise<void> | void) =>
    both(async (program) => {
      const home = stage.home(`${program} staging ${what}`);
      await makeCertificate(home);
      const gun = `example.com/staged/${what}-${program}`;
      await makeCollection(home, gun);
      // Into an empty collection each time.
      const before = async () => {
        await home.tsnotary('delete', gun, '--remote');
        await makeCollection(home, gun);
        await stageMany(home, gun);
      };
      return { home, args: ['publish', gun], before };
    });
  const common = { against: 'notary', rounds } as const;
  return [
    {
      ...common,
      work: `publish of ${count.toLocaleString('en')} staged targets`,
      goal: 0.6,
      ...(await staging('targets', (home, gun) => stageTargets(home, gun, count))),
    },
    {
      ...common,
      work: 'publish of 300 new delegations',
      goal: 2,
      ...(await staging('delegations', (home, gun) => stageDelegations(home, gun, 300))),
    },
  ];
}

const authorities = '/etc/ssl/certs/ca-certificates.crt';

/** Rows beside a Node that does nothing. */
export async function startRows(stage: Stage, rounds: number): Promise<readonly Row[]> {
  const home = stage.home('start');
  const gun = 'example.com/start/few';
  await makeCollection(home, gun);
  stageTargets(home, gun, 3);
  await home.tsnotary('publish', gun);
  if (!existsSync(home.trustDir)) throw new Error('nothing was made');
  const works = [
    { work: 'version', goal: 1.2, args: ['version'] },
    { work: 'key list', goal: 1.2, args: ['key', 'list'] },
    { work: 'status', goal: 1.2, args: ['status', gun] },
    { work: 'list of 3 targets, warm cache', goal: 2.2, args: ['list', gun] },
  ];
  const rowsIn = (settings: string, env: Home['env']): readonly Row[] =>
    works.map(({ work, goal, args }) => ({
      ...{ work: work + settings, goal, against: 'bare node', rounds },
      tsnotary: { home: { env, work: home.work }, args },
    }));
  // Many companies set it for every program of Node. A bare Node, too, then reads all authorities at its start,
  // which otherwise the first connection does.
  const extra = { ...home.env, NODE_EXTRA_CA_CERTS: authorities };
  return [
    ...rowsIn('', home.env),
    ...(existsSync(authorities) ? rowsIn(', NODE_EXTRA_CA_CERTS set', extra) : []),
  ];
}
