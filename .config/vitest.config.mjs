import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { textForks } from './forks/pool.mjs';

/** Files that take longest begin first, so that no processor waits for the last of them alone. */
const longest = ['test/disk/', 'test/transcripts/', 'test/properties/', 'test/genuine/', 'test/walkthrough/'];

class LongestFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => {
      const found = longest.findIndex((folder) => moduleId.includes(`/${folder}`));
      return found < 0 ? longest.length : found;
    };
    return [...(await super.sort(files))].sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/count-reporter.ts', './test/support/stuck-reporter.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: textForks,
    // The processor beside the one that vitest leaves free has less to do than the tests.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
