/**
 * Random histories of several people on one collection, held against a model of what readers must see.
 *
 *   TSNOTARY_MODEL_HISTORIES=5000 TSNOTARY_MODEL_SEED=$RANDOM npx vitest run --config .config/vitest.config.mjs test/model/histories.test.ts
 *   TSNOTARY_MODEL_SEED=7 TSNOTARY_MODEL_CASE=123 npx vitest run …
 *
 * plays thousands of others, and one again. A failure prints the shortest history that still fails.
 */

import { describe, expect, it } from 'vitest';
import { play, plannedHistories } from './play.ts';

describe('G37 random histories of several people in memory', () => {
  it(`${plannedHistories.title}: readers see what the model says`, async () => {
    const { findings, published, steps } = await play(plannedHistories);
    console.log(`${plannedHistories.title}: ${steps} steps, ${published} publications`);
    expect(findings.map(({ story }) => story).join('\n\n')).toBe('');
    expect(published).toBeGreaterThan(plannedHistories.count * 2);
  });
});
