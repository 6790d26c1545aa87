// Builds the standalone executable, with Node and the whole program in one file:
//
//     node scripts/build-binary.mjs [--target TARGET] [FOLDER]       FOLDER is build/ unless given
//
// TARGET is linux-x64 unless given, and the file then tsnotary; for others see targets.mjs and docs/platforms.md. Runs
// on Linux on x64 only. Needs the npm registry or npm's cache once, tar, and, for the smaller result, strip of binutils.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inject } from 'postject';
import { bundle } from './bundle.mjs';
import { notices } from './notices.mjs';
import { buildProgram, filesIn, recordCompiled } from './program.mjs';
import { nodeOf } from './targets.mjs';
import { standalone } from '../.config/rolldown.config.mjs';

const builder = 'linux-x64';
if (`${process.platform}-${process.arch}` !== builder) {
  throw new Error('the executable can only be built on Linux on x64');
}
const { values, positionals } = parseArgs({ options: { target: { type: 'string', default: builder } }, allowPositionals: true });
const target = nodeOf(values.target);
const native = target.target === builder;
const folder = resolve(positionals[0] ?? `${import.meta.dirname}/../build`);
const work = mkdtempSync(join(tmpdir(), 'tsnotary-binary-'));
try {
  await build();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function build() {
  const fetched = fetchNode(target.target);
  // Prepares the content of the executable, for which the version counts and not the processor.
  const here = native ? fetched : fetchNode(builder, target.version);
  const node = join(here, 'bin/node');
  const program = join(work, 'program');
  const chunks = await buildProgram(program);
  // Compiled code is bound to the processor.
  if (native) recordCompiled(node, program);
  const executable = join(work, 'tsnotary');
  copyFileSync(join(fetched, target.program), executable);
  chmodSync(executable, 0o755);
  // Symbols are a seventh of the size. The program must be put in afterwards: strip would take it out again. That of
  // this machine knows no other.
  if (native) run('strip', [executable], { optional: true });
  await put(readFileSync(await blobOf(node, program)), executable);
  mkdirSync(folder, { recursive: true });
  const licence = readFileSync(join(here, 'LICENSE'), 'utf8');
  const text = `${notices(chunks)}\n${'-'.repeat(78)}\nNode.js, of which the executable contains the whole\n\n${licence}`;
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), text);
  place(executable, join(folder, nameOf(target)));
}

/** @returns the directory of its package */
function fetchNode(...words) {
  return execFileSync(process.execPath, [`${import.meta.dirname}/fetch-node.mjs`, ...words], { encoding: 'utf8' }).trim();
}

function nameOf({ target: name, program }) {
  if (native) return 'tsnotary';
  return `tsnotary-${name}${program.endsWith('.exe') ? '.exe' : ''}`;
}

/** The program as Node wants it: a loader, and the files that it loads as they are in dist/. */
async function blobOf(node, program) {
  const [{ fileName: loader }] = await bundle(standalone(work));
  const blob = join(work, 'tsnotary.blob');
  const configuration = {
    ...{ main: join(work, loader), output: blob },
    assets: Object.fromEntries(filesIn(program).map((path) => [relative(program, path), path])),
    ...{ disableExperimentalSEAWarning: true, useCodeCache: native, useSnapshot: false },
    // Neither NODE_OPTIONS, nor an argument, nor OPENSSL_CONF, nor a signal changes what is run or trusted.
    execArgvExtension: 'none',
    execArgv: ['--disable-sigusr1', `--openssl-config=${target.target.startsWith('win') ? 'NUL' : '/dev/null'}`],
  };
  writeFileSync(join(work, 'sea.json'), JSON.stringify(configuration));
  run(node, ['--experimental-sea-config', join(work, 'sea.json')]);
  return blob;
}

/** Puts the program into a copy of Node, where Node looks for one. */
async function put(blob, executable) {
  const { warn } = console;
  // It finds sections without a name, which do not matter, and says so.
  console.warn = () => undefined;
  try {
    await inject(executable, 'NODE_SEA_BLOB', blob, {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
      machoSegmentName: 'NODE_SEA',
    });
  } finally {
    console.warn = warn;
  }
}

/** Runs a program without a word; what it says is told when it fails. */
function run(program, words, { optional = false } = {}) {
  try {
    execFileSync(program, words, { env: { PATH: process.env.PATH }, stdio: 'pipe' });
  } catch (error) {
    if (!optional || error.code !== 'ENOENT') throw error;
  }
}

/** The file of that name is the old one or the new one, also while the old one is running. */
function place(from, to) {
  copyFileSync(from, `${to}.new`);
  chmodSync(`${to}.new`, 0o755);
  renameSync(`${to}.new`, to);
}
