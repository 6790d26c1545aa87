// npm run mutation [-- FOLDER … [STRYKER FLAG …]]: breaks the sources at every place and sees whether a test fails.
// A directory that is run in parts may be named as a whole: client.
import { spawnSync } from 'node:child_process';
import { folders, threshold } from '../../.config/mutation/folders.mjs';
import { table } from './table.mjs';

const given = process.argv.slice(2);
const flagsAt = given.findIndex((word) => word.startsWith('-'));
const [words, flags] = flagsAt < 0 ? [given, []] : [given.slice(0, flagsAt), given.slice(flagsAt)];
const partsOf = (word) => Object.keys(folders).filter((name) => name.startsWith(`${word}-`));
const names = words.flatMap((word) => (word in folders || partsOf(word).length === 0 ? word : partsOf(word)));
const unknown = names.filter((name) => !(name in folders));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; the folders are ${Object.keys(folders).join(', ')}`);
  process.exit(2);
}
const failed = (names.length > 0 ? names : Object.keys(folders)).filter((name) => {
  const { status } = spawnSync('npx', ['stryker', 'run', '.config/mutation/stryker.config.mjs', ...flags], {
    stdio: 'inherit',
    env: { ...process.env, MUTATION_FOLDER: name },
  });
  return status !== 0;
});
console.log(table());
if (failed.length > 0) console.error(`below ${threshold} %, or not run: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
