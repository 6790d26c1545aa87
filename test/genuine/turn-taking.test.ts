/**
 * The genuine client and tsnotary take turns on the trust directories of two people, through random
 * sequences of commands, and everything must come out as if the genuine client had done it all. Each sequence has a seed, which a failure names:
 *
 *   TSNOTARY_TURNS_SEED=123 npx vitest run --config .config/vitest.config.mjs test/genuine/turn-taking.test.ts
 *
 * plays that one again. A plain run plays the same six every time; TSNOTARY_TURNS=N plays N new ones, and
 * TSNOTARY_TURNS_STEPS says how long they are.
 */

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, it } from 'vitest';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { genuineStage } from '../support/genuine/stage.ts';
import { play, type Stages } from './turns/play.ts';
import { makeKeys } from './turns/table.ts';

const asked = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
};

const seed = asked('TSNOTARY_TURNS_SEED');
const sequences = asked('TSNOTARY_TURNS');
const steps = asked('TSNOTARY_TURNS_STEPS') ?? 15;
const fresh = Array.from({ length: sequences ?? 0 }, () => randomInt(1_000_000_000));
/** How many of them are played on a sandbox as well. */
const onSandbox = 1;
const seeds = seed === undefined ? (sequences === undefined ? [11, 22, 33, 44, 55, 66] : fresh) : [seed];

// The reference is always played on the genuine server.
onEachServer('notary and tsnotary in turn', ['notary', 'notary-server'], (open, kind) => {
  let stages: Stages;
  const keys = makeScratch();
  beforeAll(async () => {
    stages = { reference: await genuineStage(), mixed: await open() };
    await makeKeys(keys);
  });
  afterAll(async () => {
    await stages.reference.close();
    await stages.mixed.close();
    removeScratch(keys);
  });

  it.concurrent.each(kind === 'genuine' ? seeds : seeds.slice(0, onSandbox))(
    'notary and tsnotary agree after every command of sequence %d',
    async (number) => {
      await play(stages, keys, number, steps);
    },
  );
});
