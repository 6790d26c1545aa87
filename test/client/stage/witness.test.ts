import { describe, expect, it } from 'vitest';
import { parseChange, parseWitnessContent } from '../../../src/changelist/change.ts';
import { stageWitness } from '../../../src/client/stage/witness.ts';
import { memoryChangelistStore } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

const digest = 'ab'.repeat(32);

async function accepted(text: string) {
  const changelist = memoryChangelistStore();
  const work = stageWitness({ changelist, caution: () => undefined }, ['targets/a'], [text]);
  const failure: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const staged = [...changelist.changes.values()].map((bytes) => parseWitnessContent(parseChange(bytes)));
  return { failure, staged };
}

describe('a digest that a witness accepts', () => {
  it.each([digest, digest.toUpperCase(), `sha256:${digest}`])(
    'is staged in small letters: %s',
    async (text) => {
      expect(await accepted(text)).toEqual({ failure: undefined, staged: [[digest]] });
    },
  );

  it.each(['', 'a', digest.slice(1), `${digest}0`, `x${digest}`, `${digest}x`, `xsha256:${digest}`])(
    'is refused, and nothing is staged, when it is %j',
    async (text) => {
      const { failure, staged } = await accepted(text);
      expect(failure).toEqual(refusal('MALFORMED_HASH'));
      expect(staged).toEqual([]);
    },
  );
});
