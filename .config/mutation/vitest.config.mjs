import { relative, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { chosenFolder, leftOut } from './folders.mjs';

const root = resolve(import.meta.dirname, '../..');
const { tests } = chosenFolder();
/** `**` with its slash stands for any number of folders, `*` for a part of one name. */
const expression = (pattern) =>
  pattern.split('**/').map((part) => part.replaceAll('.', '\\.').replaceAll('*', '[^/]*')).join('(?:.+/)?');
const listed = tests.map((pattern) => new RegExp(`^${expression(pattern)}$`));

/** In the order in which folders.mjs lists them: the first failure ends a run. */
class AsListed extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => listed.findIndex((pattern) => pattern.test(relative(root, moduleId)));
    return [...files].sort((one, other) => rank(one) - rank(other) || (one.moduleId < other.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^node-forge$/, replacement: `${import.meta.dirname}/quick/node-forge.mjs` },
      { find: /^.*\/crypto\/signatures\/verify-independently\.ts$/, replacement: `${import.meta.dirname}/quick/verify-independently.mjs` },
    ],
  },
  test: {
    root,
    include: tests,
    exclude: leftOut,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Modules are loaded once for all files of a run: loading them costs more than most tests do.
    isolate: false,
    setupFiles: [`${import.meta.dirname}/setup.mjs`],
    fileParallelism: false,
    sequence: { sequencer: AsListed },
  },
});
