import { chosenFolder, threshold } from './folders.mjs';

const { name, mutate } = chosenFolder();
const reports = `build/mutation/${name}`;

export default {
  mutate,
  testRunner: 'vitest',
  vitest: { configFile: '.config/mutation/vitest.config.mjs', related: false },
  plugins: ['@stryker-mutator/vitest-runner', `${import.meta.dirname}/ignore-messages.mjs`],
  ignorers: ['messages'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  timeoutMS: 10_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 30,
  incremental: true,
  incrementalFile: `${reports}/incremental-${process.env.MUTATION_SAMPLE ?? 1}.json`,
  tempDirName: `build/mutation/sandbox-${name}`,
  ignorePatterns: ['/build', '/dist', '/coverage', '/.git', '/bench', '/.scratch'],
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: `${reports}/report.json` },
  htmlReporter: { fileName: `${reports}/report.html` },
  thresholds: { high: 95, low: threshold, break: threshold },
};
