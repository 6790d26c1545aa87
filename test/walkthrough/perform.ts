/** Performs the walkthrough with a client for each step, and tells what was shown. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../support/genuine/home.ts';
import type { Outcome, Program } from '../support/genuine/programs.ts';
import { files, type Knowledge, type Step, type Who, walkthrough } from './steps.ts';

export interface Performed {
  readonly step: Step;
  readonly program: Program;
  readonly args: readonly string[];
  readonly outcome: Outcome;
}

export interface Performance {
  readonly gun: string;
  /** All of the page, with keys by openssl, unless given. */
  readonly steps?: readonly Step[];
  readonly people: Readonly<Record<Who, Home>>;
  /** Which client performs the n-th step. */
  readonly client: (index: number) => 'notary' | 'tsnotary';
  /** Told of each step when it is done. */
  readonly after?: (performed: Performed) => void | Promise<void>;
}

/** Runs all steps; stops with an Error at the first that ends in another status than it should. */
export async function perform(performance: Performance): Promise<readonly Performed[]> {
  const { gun, steps = walkthrough, people, client, after } = performance;
  const known: Knowledge = { gun, keyId: '' };
  const done: Performed[] = [];
  for (const [name, content] of Object.entries(files)) people.collaborator.write(name, content);
  for (const [index, step] of steps.entries()) {
    const program = step.program === 'client' ? client(index) : step.program;
    const args = step.args(known);
    const options = step.input === undefined ? {} : { input: step.input };
    const outcome = await people[step.who].run(program, args, options);
    step.learn?.(known, outcome.stdout);
    for (const name of step.hand ?? []) {
      copyFileSync(join(people.collaborator.work, name), join(people.owner.work, name));
    }
    const performed = { step, program, args, outcome };
    await after?.(performed);
    if (outcome.status !== (step.status ?? 0)) {
      throw new Error(
        `${program} ${args.join(' ')}: status ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`,
      );
    }
    done.push(performed);
  }
  return done;
}
