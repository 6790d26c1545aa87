/**
 * The genuine client and tsnotary take turns on the trust directories of two people, through random
 * sequences of commands. Each sequence has a seed, which a failure names:
 *
 *   TSNOTARY_TURNS_SEED=123 npx vitest run --config .config/vitest.config.mjs test/genuine/turn-taking.test.ts
 *
 * plays that one again. TSNOTARY_TURNS and TSNOTARY_TURNS_STEPS say how many sequences and steps to play.
 */

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { play } from './turns/play.ts';

const asked = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
};

const seed = asked('TSNOTARY_TURNS_SEED');
const sequences = asked('TSNOTARY_TURNS') ?? 6;
const steps = asked('TSNOTARY_TURNS_STEPS') ?? 15;
const seeds = seed === undefined ? Array.from({ length: sequences }, () => randomInt(1_000_000_000)) : [seed];

describe.skipIf(!available('notary', 'notary-server', 'openssl'))('notary and tsnotary in turn', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await genuineStage();
  });
  afterAll(() => stage.close());

  it.concurrent.each(seeds)('agree after every command of sequence %d', async (number) => {
    await play(stage, number, steps);
  });
});
