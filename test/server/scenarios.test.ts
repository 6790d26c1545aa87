/**
 * The server's rules, one scenario each: what ours answers, always; and, where the genuine
 * notary-server is installed, that it answers the same to the byte but for keys, times and hashes.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { available } from '../support/genuine/programs.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { ourSubject, Session, type Subject } from '../support/server-session.ts';
import { type Pair, startPair } from './pair.ts';
import { delegationScenarios } from './scenarios-delegations.ts';
import { formScenarios } from './scenarios-forms.ts';
import { requestScenarios } from './scenarios-requests.ts';
import { rootScenarios } from './scenarios-root.ts';
import { targetsScenarios } from './scenarios-targets.ts';

const scenarios = [
  ...requestScenarios,
  ...rootScenarios,
  ...targetsScenarios,
  ...delegationScenarios,
  ...formScenarios,
];
const names = scenarios.map(({ name }) => name);
if (new Set(names).size !== names.length) throw new Error('two scenarios have one name');

const clock = memoryClock(new Date());

function ours(): Subject {
  return ourSubject({ store: memoryServerStore(), clock, random: seededRandom() });
}

describe('the server', () => {
  for (const [index, { name, run, ends }] of scenarios.entries()) {
    it(name, async () => {
      const session = new Session(ours(), `example.com/scenario-${index}`, new Map());
      await run(session);
      expect(session.end).toBe(ends);
    });
  }
});

describe.skipIf(!available('notary-server', 'openssl'))('the server beside the genuine notary-server', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair.stop());

  for (const [index, { name, run }] of scenarios.entries()) {
    it(name, async ({ task }) => {
      const { requests, differences } = await pair.compare(`example.com/scenario-${index}`, run);
      task.meta.compared = requests;
      expect(differences).toEqual([]);
    });
  }
});
