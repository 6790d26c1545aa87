// Builds the program into a directory, with compiled code for the Node that will run it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { program } from '../.config/rolldown.config.mjs';

/**
 * @param folder where the files go; what it held is removed
 * @returns the files of code, with the modules that each is made of
 */
export async function buildProgram(folder) {
  const chunks = await bundle(program(folder));
  for (const { fileName } of chunks) mark(join(folder, fileName));
  return chunks;
}

/**
 * Makes a file a function, as bin/load.js calls it, under a first line with a digest of the content, by which the
 * compiled code is known. ASCII only: Node reads and V8 keeps that in half the room.
 */
function mark(file) {
  const text = readFileSync(file, 'utf8').replace(/[^\0-\x7f]/g, escape);
  const source = `(function (exports, require, module) {${text}\n})`;
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 32);
  writeFileSync(file, `// ${digest}\n${source}`);
}

function escape(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What short commands run, and what every command online does before it has reached a server. */
const usual = [['version'], ['key', 'list'], ['list', 'gun', '-s', 'https://127.0.0.1:9']];
/** A collection on its way, for a server that is there. */
const online = [
  ['init', 'gun', '-p'],
  ['addhash', 'gun', 'v1', '1', '--sha256', '00'.repeat(32)],
  ['publish', 'gun'],
  ['delegation', 'list', 'gun'],
  ['list', 'gun'],
];

/**
 * Leaves compiled code beside the source of what usual commands run.
 *
 * @param node the Node that compiles: no other can use the result
 * @param folder of the program; no name above it gets into the result
 */
export function recordCompiled(node, folder) {
  const recorder = `${import.meta.dirname}/record-compiled.cjs`;
  const record = (...words) => execFileSync(node, [recorder, 'tsnotary.cjs', ...words], { cwd: folder, stdio: 'ignore', env });
  record('sandbox', 'run', '--', node, `${import.meta.dirname}/record-online.cjs`, JSON.stringify(online));
  for (const words of usual) record(...words);
}

/** The keys are thrown away with the sandbox. */
const passphrases = ['ROOT', 'TARGETS', 'SNAPSHOT'].map((role) => [`NOTARY_${role}_PASSPHRASE`, 'passphrase']);
const env = { ...process.env, ...Object.fromEntries(passphrases) };

/** The files below a directory, as paths in it. */
export function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
