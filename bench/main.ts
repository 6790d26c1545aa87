/**
 * `npm run bench`: tsnotary beside the genuine notary on a genuine server behind a delaying proxy.
 * Both run in turn; the ratio is that of the medians.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../test/support/genuine/home.ts';
import { genuineStage, type Stage } from '../test/support/genuine/stage.ts';

const roundTrip = 50;
const rounds = 7;
const gun = 'docker.io/alice/many';
const programs = ['notary', 'tsnotary'] as const;

interface Measure {
  readonly milliseconds: number;
  readonly connections: number;
  readonly requests: number;
}

async function furnish(stage: Stage, delegations: number): Promise<void> {
  const owner = stage.home('owner');
  await owner.tsnotary('init', gun, '-p');
  await owner.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
  const certificate = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'd.key',
    '-out',
    'd.crt',
    '-subj',
    '/CN=d',
  ];
  await owner.openssl('req', '-x509', '-days', '365', ...certificate);
  await owner.tsnotary('key', 'import', 'd.key', '-r', 'd');
  const file = owner.write('t', 't');
  for (let index = 0; index < delegations; index++) {
    await owner.tsnotary('delegation', 'add', gun, `targets/d${index}`, 'd.crt', '--all-paths');
    await owner.tsnotary('add', gun, `t${index}`, file, '-r', `targets/d${index}`);
  }
  await owner.tsnotary('publish', gun);
}

async function measure(stage: Stage, run: () => Promise<unknown>): Promise<Measure> {
  const connections = stage.proxy.connections();
  const requests = (await stage.server.requests()).length;
  const start = performance.now();
  await run();
  const milliseconds = performance.now() - start;
  return {
    milliseconds,
    connections: stage.proxy.connections() - connections,
    requests: (await stage.server.requests()).length - requests,
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Row {
  readonly work: string;
  readonly args: readonly string[];
  /** Forget the cache before each run. */
  readonly cold: boolean;
}

const rows: readonly Row[] = [
  { work: 'delegation list, 20 delegations, empty cache', args: ['delegation', 'list', gun], cold: true },
  { work: 'delegation list, nothing changed', args: ['delegation', 'list', gun], cold: false },
  { work: 'list, empty cache', args: ['list', gun], cold: true },
];

async function main(): Promise<void> {
  const stage = await genuineStage({ roundTrip });
  try {
    await furnish(stage, 20);
    const readers: Readonly<Record<(typeof programs)[number], Home>> = {
      notary: stage.home('notary', { passphrases: 'none' }),
      tsnotary: stage.home('tsnotary', { passphrases: 'none' }),
    };
    console.log(`round trip ${roundTrip} ms, medians of ${rounds}, both programs in turn`);
    for (const { work, args, cold } of rows) {
      const measures = { notary: [] as Measure[], tsnotary: [] as Measure[] };
      for (let round = -1; round < rounds; round++) {
        for (const program of programs) {
          const reader = readers[program];
          if (cold) rmSync(join(reader.trustDir, 'tuf'), { recursive: true, force: true });
          const one = await measure(stage, () => reader[program](...args));
          if (round >= 0) measures[program].push(one);
        }
      }
      const [genuine, ours] = programs.map((program) => ({
        seconds: median(measures[program].map(({ milliseconds }) => milliseconds)) / 1000,
        connections: measures[program][0]?.connections,
        requests: measures[program][0]?.requests,
      }));
      const show = (one: typeof genuine) =>
        `${one?.connections} connections, ${one?.requests} requests, ${one?.seconds.toFixed(2)} s`;
      console.log(
        `${work}\n  notary    ${show(genuine)}\n  tsnotary  ${show(ours)}\n  ratio     ${((ours?.seconds ?? 0) / (genuine?.seconds ?? 1)).toFixed(2)}`,
      );
    }
  } finally {
    await stage.close();
  }
}

await main();
