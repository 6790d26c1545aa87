/**
 * `npm run bench`: tsnotary beside the genuine notary on a genuine server, both in turn. The ratio is that of the medians.
 *
 *   npm run bench                     all rows
 *   npm run bench -- --quick          fewer runs, smaller collections, without the growth: under two minutes
 *   npm run bench -- --only network   rows of one group: network, many, images, archives, kept, start, staged, large; or growth
 *   npm run bench -- --json FILE      the table as JSON as well (default: bench/results.json)
 */

import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { genuineStage, type Stage } from '../test/support/genuine/stage.ts';
import { archiveRows, largeArchiveRows } from './archive-rows.ts';
import { type Growth, growth, showGrowth } from './growth.ts';
import { imageRows } from './image-rows.ts';
import { type Counted, type Measure, measure, middle } from './measure.ts';
import { largeRows, manyRows, networkRows, type Row, type Runner, stagedRows, startRows } from './rows.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string', default: 'bench/results.json' },
  },
});
const rounds = options.quick ? 2 : 7;
const size = options.quick ? 10_000 : 100_000;

interface Result {
  readonly work: string;
  readonly against: Row['against'];
  readonly goal: number;
  readonly ratio: number;
  readonly memory: number | undefined;
  readonly theirs: Measure;
  readonly ours: Measure;
}

async function referenceRun(runner: Runner, stage: Counted | undefined): Promise<Measure> {
  const { home, program = 'notary', args, part = 1 } = runner;
  const sample = await measure(stage, home, program, args);
  return {
    ...sample,
    milliseconds: sample.milliseconds / part,
    connections: Math.round(sample.connections / part),
    requests: Math.round(sample.requests / part),
  };
}

async function measureRow(row: Row, stage: Counted | undefined): Promise<Result> {
  const ours: Measure[] = [];
  const theirs: Measure[] = [];
  for (let round = -1; round < row.rounds; round++) {
    await row.notary?.before?.(round);
    const reference =
      row.notary === undefined
        ? await measure(undefined, row.tsnotary.home, [process.execPath], ['-e', '0'])
        : await referenceRun(row.notary, stage);
    await row.tsnotary.before?.(round);
    const own = await measure(stage, row.tsnotary.home, 'tsnotary', row.tsnotary.args);
    // The first run warms the disk and fills what the row calls warm.
    if (round < 0) continue;
    theirs.push(reference);
    ours.push(own);
  }
  const [a, b] = [middle(theirs), middle(ours)];
  return {
    ...{ work: row.work, against: row.against, goal: row.goal, theirs: a, ours: b },
    ratio: b.milliseconds / a.milliseconds,
    // Of a loop, the memory of the shell is no measure.
    memory:
      row.notary === undefined || row.notary.program !== undefined ? undefined : b.mebibytes / a.mebibytes,
  };
}

function show({ work, against, goal, ratio, memory, theirs, ours }: Result): string {
  const figures = ({ milliseconds, mebibytes, connections, requests }: Measure) =>
    [
      `${(milliseconds / 1000).toFixed(3)} s`,
      `${mebibytes.toFixed(0)} MiB`,
      ...(connections > 0 ? [`${connections} connections`] : []),
      ...(requests > 0 ? [`${requests} requests`] : []),
    ].join(', ');
  const verdict = ratio <= goal ? '' : '  OVER';
  return [
    work,
    `  ${against.padEnd(9)} ${figures(theirs)}`,
    `  tsnotary  ${figures(ours)}`,
    `  ratio     ${ratio.toFixed(ratio < 0.1 ? 3 : 2)} (at most ${goal})${verdict}${memory === undefined ? '' : `; memory ${memory.toFixed(1)}`}`,
  ].join('\n');
}

type Group = (stage: Stage) => Promise<readonly Row[]>;
const groups: Readonly<Record<string, { readonly roundTrip?: number; readonly rows: Group }>> = {
  network: { roundTrip: 50, rows: (stage) => networkRows(stage, rounds) },
  many: { roundTrip: 50, rows: (stage) => manyRows(stage, rounds, options.quick ? 20 : 200) },
  images: { roundTrip: 50, rows: (stage) => imageRows(stage, rounds, 50) },
  archives: { roundTrip: 50, rows: (stage) => archiveRows(stage, rounds, options.quick ? 20 : 100) },
  kept: { rows: (stage) => largeArchiveRows(stage, rounds, size) },
  start: { rows: (stage) => startRows(stage, rounds * 3) },
  staged: { rows: (stage) => stagedRows(stage, rounds, options.quick ? 1000 : 10_000) },
  large: { rows: (stage) => largeRows(stage, rounds, size) },
};

async function growthTable(): Promise<readonly Growth[]> {
  if (options.only === undefined ? options.quick : options.only !== 'growth') return [];
  const stage = await genuineStage();
  try {
    const found = await growth(stage, Math.min(rounds, 3), options.quick);
    console.log(`\n${found.map(showGrowth).join('\n')}`);
    return found;
  } finally {
    await stage.close();
  }
}

async function main(): Promise<void> {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  console.log(`${machine}; medians of ${rounds} runs, both programs in turn\n`);
  const results: Result[] = [];
  for (const [name, { roundTrip, rows }] of Object.entries(groups)) {
    if (options.only !== undefined && options.only !== name) continue;
    const stage = await genuineStage(roundTrip === undefined ? {} : { roundTrip });
    const connections = () => (roundTrip === undefined ? 0 : stage.proxy.connections());
    try {
      for (const row of await rows(stage)) {
        const result = await measureRow(row, { server: stage.server, connections });
        results.push(result);
        console.log(show(result));
      }
    } finally {
      await stage.close();
    }
  }
  const grown = await growthTable();
  const over = results.filter(({ ratio, goal }) => ratio > goal);
  console.log(`\n${results.length - over.length} of ${results.length} rows are within their limits`);
  writeFileSync(
    options.json,
    `${JSON.stringify({ date: new Date().toISOString(), machine, rounds, results, growth: grown }, null, 2)}\n`,
  );
}

await main();
