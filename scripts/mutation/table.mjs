// The figures of the last report of each directory, as the table in docs/mutations.md has them.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { folders } from '../../.config/mutation/folders.mjs';

const dead = ['Killed', 'Timeout'];
const alive = ['Survived', 'NoCoverage'];

function figures(name) {
  const file = `${import.meta.dirname}/../../build/mutation/${name}/report.json`;
  if (!existsSync(file)) return `| ${name} | | | | | | | | |`;
  const { files } = JSON.parse(readFileSync(file, 'utf8'));
  const found = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...statuses) => found.filter((status) => statuses.includes(status)).length;
  const score = ((100 * count(...dead)) / count(...dead, ...alive)).toFixed(1);
  const day = statSync(file).mtime.toISOString().slice(0, 10);
  const cells = [found.length, count('Ignored'), count('Killed'), count('Timeout'), count('Survived'), count('NoCoverage')];
  return `| ${[name, ...cells, `${score} %`, day].join(' | ')} |`;
}

/** Markdown, a line a directory. */
export function table() {
  const head = ['folder', 'mutants', 'ignored', 'killed', 'timeout', 'survived', 'not run', 'score', 'date'];
  return [head, head.map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`).concat(Object.keys(folders).map(figures)).join('\n');
}
