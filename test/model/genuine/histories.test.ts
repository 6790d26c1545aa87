/**
 * Random histories with real programs: `tsnotary` and genuine `notary` in turn, on the same directories and on others,
 * on the genuine server, killed and restored. Held against the model of the histories in memory.
 *
 *   TSNOTARY_MODEL_REAL=2000 TSNOTARY_MODEL_SEED=$RANDOM npx vitest run --config .config/vitest.config.mjs test/model/genuine
 *   TSNOTARY_MODEL_SEED=7 TSNOTARY_MODEL_CASE=12 npx vitest run …
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../../support/genuine/stage.ts';
import { Random } from '../../support/seeded-random.ts';
import { Finding } from '../checks.ts';
import { randomRealHistory } from '../generate.ts';
import { meetsHole } from '../holes.ts';
import { asked } from '../play.ts';
import { shrunk } from '../shrink.ts';
import { inWords } from '../steps.ts';
import { found } from './founding.ts';
import { RealHistory, type RealStep } from './real-history.ts';

const seed = asked('TSNOTARY_MODEL_SEED') ?? 1;
const only = asked('TSNOTARY_MODEL_CASE');
const count = only === undefined ? (asked('TSNOTARY_MODEL_REAL') ?? 24) : 1;
const length = asked('TSNOTARY_MODEL_STEPS') ?? 6;
const lanes = 2;

const words = ({ step, client, killedAt }: RealStep): string =>
  `  ${client === 'notary' ? 'with notary, ' : ''}${inWords(step)}${killedAt === undefined ? '' : `  [killed at ${killedAt.toFixed(2)} of its time]`}`;

function planned(number: number): readonly RealStep[] {
  const random = new Random(`real model ${seed}`, number);
  return randomRealHistory(random, length)
    .filter((step) => !meetsHole(step))
    .map((step) => {
      const client = random.oneIn(4) ? 'notary' : 'tsnotary';
      const kill = (step.do === 'publish' || step.do === 'rotate') && random.oneIn(4);
      return { step, client, ...(kill && { killedAt: random.below(110) / 100 }) };
    });
}

describe.skipIf(!available('notary', 'notary-server', 'openssl'))(
  'G37 random histories of several people with real programs',
  () => {
    let stage: Stage;
    let played = 0;
    beforeAll(async () => {
      stage = await genuineStage();
    });
    afterAll(() => stage.close());

    async function failure(steps: readonly RealStep[]): Promise<Finding | undefined> {
      const setting = await found(stage, `${seed}-${played++}`);
      const history = new RealHistory(setting);
      try {
        for (const step of steps) await history.step(step);
        return undefined;
      } catch (error) {
        if (error instanceof Finding) return error;
        throw error;
      } finally {
        setting.end();
      }
    }

    async function story(number: number): Promise<string> {
      const steps = planned(number);
      const finding = await failure(steps);
      if (finding === undefined) return '';
      const verdict = async (fewer: readonly RealStep[]) => (await failure(fewer))?.kind;
      const short = await shrunk(steps, finding.kind, verdict, ({ step, killedAt }) =>
        killedAt === undefined ? undefined : { step, client: 'tsnotary' as const },
      );
      const lines = [`history ${number} of seed ${seed}:`, ...short.map(words), finding.message];
      return [...lines, `again: TSNOTARY_MODEL_SEED=${seed} TSNOTARY_MODEL_CASE=${number}`].join('\n');
    }

    it(`genuine readers see what the model says: seed ${seed}, ${only === undefined ? `${count} histories` : `history ${only}`} of ${length} steps`, {
      timeout: 600_000 + count * 30_000,
    }, async () => {
      const numbers = Array.from({ length: count }, (_, index) => (only ?? 0) + index);
      const stories: string[] = [];
      const work = async () => {
        for (let next = numbers.shift(); next !== undefined; next = numbers.shift()) {
          const told = await story(next);
          if (told !== '') stories.push(told);
        }
      };
      await Promise.all(Array.from({ length: lanes }, work));
      expect(stories.join('\n\n')).toBe('');
    });
  },
);
