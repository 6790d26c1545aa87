// Gets the Node that goes into the standalone executable, and says on standard output where it lies:
//
//     node scripts/fetch-node.mjs [TARGET]         TARGET is linux-x64 unless given; others are in targets.mjs
//
// Status 75 when the registry cannot be reached, 1 for everything else that goes wrong.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nodeOf } from './targets.mjs';

const [wanted = 'linux-x64', version] = process.argv.slice(2);
const node = nodeOf(wanted, version);

/** How npm says that there is no way to the registry. */
const noWay = /code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTCACHED|ERR_SOCKET_TIMEOUT)/;

const cache = resolve(import.meta.dirname, '../node_modules/.cache');
const folder = join(cache, `${node.name}-${node.version}`);
if (!existsSync(folder)) fetch();
console.log(folder);

/** Downloads, compares, and unpacks beside; the directory appears when all is done. */
function fetch() {
  mkdirSync(cache, { recursive: true });
  const beside = mkdtempSync(`${folder}-`);
  try {
    const tarball = join(beside, download(beside));
    const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64');
    if (digest !== node.sha512) {
      throw new Error(`${node.name} ${node.version}: SHA-512 is ${digest}, and not ${node.sha512}`);
    }
    // The packages for other systems come without the licence, which is the same.
    const licence = wanted.startsWith('linux') ? ['package/LICENSE'] : [];
    const files = [`package/${node.program}`, ...licence];
    execFileSync('tar', ['-xzf', tarball, '-C', beside, '--strip-components=1', ...files]);
    rmSync(tarball);
    if (!existsSync(folder)) renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** @returns the name of the tarball */
function download(beside) {
  const words = ['pack', `${node.name}@${node.version}`, '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=60000'];
  const { status, stdout, stderr } = spawnSync('npm', [...words, '--loglevel=error'], { cwd: beside, encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  console.error(`${node.name} ${node.version} could not be downloaded:\n${stderr}`);
  rmSync(beside, { recursive: true });
  process.exit(noWay.test(stderr) ? 75 : 1);
}
