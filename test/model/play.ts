/** Plays many histories, each with randomness of its own, and cuts down those that fail. */

import { Random } from '../support/seeded-random.ts';
import { type Beginning, begin } from './beginnings.ts';
import { Finding } from './checks.ts';
import { randomHistory } from './generate.ts';
import { History } from './history.ts';
import { meetsHole } from './holes.ts';
import { shrunk } from './shrink.ts';
import { type CommandStep, inWords, plainly, type Step } from './steps.ts';

export const asked = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
};

export interface Plan {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Steps of each, at least. */
  readonly length: number;
  /** How many failures of one kind are shown. */
  readonly most: number;
  readonly title: string;
}

function plan(): Plan {
  const seed = asked('TSNOTARY_MODEL_SEED') ?? 1;
  const only = asked('TSNOTARY_MODEL_CASE');
  const count = only === undefined ? (asked('TSNOTARY_MODEL_HISTORIES') ?? 250) : 1;
  const length = asked('TSNOTARY_MODEL_STEPS') ?? 16;
  const title = `seed ${seed}, ${only === undefined ? `${count} histories` : `history ${only}`} of ${length} steps`;
  return { seed, first: only ?? 0, count, length, most: asked('TSNOTARY_MODEL_FAILURES') ?? 1, title };
}

export const plannedHistories: Plan = plan();

let beginnings: Promise<readonly [Beginning, Beginning]> | undefined;

/** One history in four is of a collection whose owner keeps the key of the snapshot. */
async function beginningOf(number: number): Promise<Beginning> {
  beginnings ??= Promise.all([begin({ serverSnapshot: true }), begin({ serverSnapshot: false })]);
  return (await beginnings)[number % 4 === 3 ? 1 : 0];
}

interface Outcome {
  readonly finding?: Finding;
  readonly published: number;
}

async function playOne(beginning: Beginning, steps: readonly Step[]): Promise<Outcome> {
  const history = new History(beginning);
  try {
    for (const step of steps) await history.step(step);
    return { published: history.published };
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    return { finding: error, published: history.published };
  }
}

function withoutFault(step: Step): Step | undefined {
  return (step as CommandStep).fault === undefined ? undefined : plainly(step as CommandStep);
}

export interface Failure {
  readonly kind: string;
  readonly story: string;
}

export async function play({ seed, first, count, length, most }: Plan) {
  const findings: Failure[] = [];
  let published = 0;
  let steps = 0;
  for (let number = first; number < first + count; number++) {
    const beginning = await beginningOf(number);
    const history = randomHistory(new Random(`model ${seed}`, number), length).filter(
      (step) => !meetsHole(step),
    );
    const outcome = await playOne(beginning, history);
    published += outcome.published;
    steps += history.length;
    if (outcome.finding === undefined) continue;
    const { kind } = outcome.finding;
    const same = findings.filter((found) => found.kind === kind).length;
    if (same >= most) {
      findings.push({ kind, story: '' });
      continue;
    }
    const verdict = async (fewer: readonly Step[]) => (await playOne(beginning, fewer)).finding?.kind;
    const short = await shrunk(history, kind, verdict, withoutFault);
    const { finding } = await playOne(beginning, short);
    const lines = [
      `history ${number} of seed ${seed}${number % 4 === 3 ? ' (the owner holds the snapshot key)' : ''}:`,
      ...short.map((step) => `  ${inWords(step)}`),
      (finding ?? outcome.finding).message,
      `again: TSNOTARY_MODEL_SEED=${seed} TSNOTARY_MODEL_CASE=${number}`,
    ];
    findings.push({ kind, story: lines.join('\n') });
  }
  return { findings, published, steps };
}
