// A mutant is dead when one test has failed: the files that are left need not even be loaded.
import { afterEach } from 'vitest';

if (globalThis.mutantIsDead) throw new Error('a test of an earlier file has failed');
afterEach(({ task }) => {
  if (task.result?.state === 'fail') globalThis.mutantIsDead = true;
});
