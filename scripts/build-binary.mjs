// Builds the standalone executable for Linux on x64, with Node and the whole program in one file:
//
//     node scripts/build-binary.mjs [FOLDER]       FOLDER is build/ unless given
//
// Needs the npm registry or npm's cache once, tar, and, for the smaller result, strip of binutils.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { inject } from 'postject';
import { bundle } from './bundle.mjs';
import { notices } from './notices.mjs';
import { buildProgram, filesIn, recordCompiled } from './program.mjs';
import { standalone } from '../.config/rolldown.config.mjs';

if (process.platform !== 'linux' || process.arch !== 'x64') {
  throw new Error('the executable is for Linux on x64, and can only be built there');
}
const folder = resolve(process.argv[2] ?? `${import.meta.dirname}/../build`);
const work = mkdtempSync(join(tmpdir(), 'tsnotary-binary-'));
try {
  await build();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function build() {
  const fetched = execFileSync(process.execPath, [`${import.meta.dirname}/fetch-node.mjs`], { encoding: 'utf8' }).trim();
  const node = join(fetched, 'bin/node');
  const program = join(work, 'program');
  const chunks = await buildProgram(program);
  recordCompiled(node, program);
  const executable = join(work, 'tsnotary');
  copyFileSync(node, executable);
  chmodSync(executable, 0o755);
  // Symbols are a seventh of the size. The program must be put in afterwards: strip would take it out again.
  run('strip', [executable], { optional: true });
  await put(readFileSync(await blobOf(node, program)), executable);
  mkdirSync(folder, { recursive: true });
  const licence = readFileSync(join(fetched, 'LICENSE'), 'utf8');
  const text = `${notices(chunks)}\n${'-'.repeat(78)}\nNode.js, of which the executable contains the whole\n\n${licence}`;
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), text);
  place(executable, join(folder, 'tsnotary'));
}

/** The program as Node wants it: a loader, and the files that it loads as they are in dist/. */
async function blobOf(node, program) {
  const [{ fileName: loader }] = await bundle(standalone(work));
  const blob = join(work, 'tsnotary.blob');
  const configuration = {
    ...{ main: join(work, loader), output: blob },
    assets: Object.fromEntries(filesIn(program).map((path) => [relative(program, path), path])),
    ...{ disableExperimentalSEAWarning: true, useCodeCache: true, useSnapshot: false },
    // Neither NODE_OPTIONS, nor an argument, nor OPENSSL_CONF, nor a signal changes what is run or trusted.
    execArgvExtension: 'none',
    execArgv: ['--disable-sigusr1', '--openssl-config=/dev/null'],
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
    await inject(executable, 'NODE_SEA_BLOB', blob, { sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2' });
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
