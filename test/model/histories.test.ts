/**
 * Random histories of several people on one collection, held against a model of what readers must see.
 *
 *   TSNOTARY_MODEL_HISTORIES=5000 TSNOTARY_MODEL_SEED=$RANDOM npx vitest run --config .config/vitest.config.mjs test/model/histories.test.ts
 *   TSNOTARY_MODEL_SEED=7 TSNOTARY_MODEL_CASE=123 npx vitest run …
 *
 * plays thousands of others, and one again. A failure prints the shortest history that still fails.
 */

import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { verifySignature } from '../../src/crypto/signatures/verify.ts';
import { plannedHistories, play } from './play.ts';

// The same signatures are looked at again and again; the arithmetic is done once for each of them.
const { remembered } = vi.hoisted(() => {
  const known = new Map<string, boolean>();
  return {
    remembered: (original: typeof verifySignature): typeof verifySignature => {
      return (key, method, message, signature) => {
        const hash = createHash('sha256')
          .update(key.value)
          .update(message)
          .update(signature)
          .digest('base64');
        const name = `${key.keyType} ${method} ${hash}`;
        const verdict = known.get(name) ?? original(key, method, message, signature);
        known.set(name, verdict);
        return verdict;
      };
    },
  };
});
vi.mock('../../src/crypto/signatures/verify.ts', async (importOriginal) => {
  const original = await importOriginal<{ verifySignature: typeof verifySignature }>();
  return { ...original, verifySignature: remembered(original.verifySignature) };
});
// The second opinion on each signature has tests of its own, and would take half of the time here.
vi.mock('../../src/crypto/signatures/verify-independently.ts', async () => {
  const { verifySignature } = await import('../../src/crypto/signatures/verify.ts');
  return { verifySecondOpinion: verifySignature };
});

describe('G37 random histories of several people in memory', () => {
  const timeout = 300_000 + plannedHistories.count * 1_000;
  it(`readers see what the model says: ${plannedHistories.title}`, { timeout }, async () => {
    const { findings, published, steps } = await play(plannedHistories);
    console.log(`${plannedHistories.title}: ${steps} steps, ${published} publications`);
    expect(findings.map(({ story }) => story).join('\n\n')).toBe('');
    expect(published).toBeGreaterThan(plannedHistories.count);
  });
});
