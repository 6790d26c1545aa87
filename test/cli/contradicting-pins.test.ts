/** A pin that contradicts the cached root: every command that reads says so, and every one that writes is refused. */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passphrases, type Served, serve } from './batch/served.ts';

let served: Served;
const gun = 'docker.io/acme/app';

beforeEach(async () => {
  served = await serve();
  await served.must(['init', gun, '-p']);
});
afterEach(() => served.stop());

const at = (name: string): string => join(served.home.folder, name);
const configPath = () => at('.notary/config.json');
const config = () => JSON.parse(readFileSync(configPath(), 'utf8')) as Record<string, unknown>;

describe('G33 a pin that contradicts the cached root', () => {
  const reads = [
    ['list', gun],
    ['lookup', gun, 'v1'],
    ['verify', gun, 'v1', '-i', 'file'],
    ['delegation', 'list', gun],
    ['diff', gun],
    ['publish', gun, '--dry-run'],
    ['collaborator', 'list', gun],
    ['collaborator', 'check', gun],
  ];
  const writes = [
    ['publish', gun],
    ['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32), '-p'],
    ['remove', gun, 'v1', '-p'],
    ['witness', gun, 'targets', '-p'],
    ['delegation', 'purge', gun, '--key', 'a'.repeat(64), '-p'],
    ['delegation', 'revoke', gun, 'a'.repeat(64), '-y'],
    ['key', 'rotate', gun, 'targets'],
    ['key', 'rotate', gun, 'snapshot', '-r'],
    ['key', 'rotate', gun, 'timestamp', '-r'],
    ['key', 'rotate', gun, 'root', '-y'],
  ];
  /** In the trust directory of docker, which the two share. */
  beforeEach(async () => {
    writeFileSync(at('file'), 'content');
    await served.must(['add', gun, 'v1', 'file', '-p']);
    mkdirSync(at('.docker'), { recursive: true });
    cpSync(at('.notary'), at('.docker/trust'), { recursive: true });
    const trust_pinning = { certs: { [gun]: ['f'.repeat(64)] } };
    writeFileSync(configPath(), JSON.stringify({ ...config(), trust_dir: '~/.docker/trust', trust_pinning }));
  });

  it.each(reads.map((words) => [words.join(' '), words]))(
    'the contradicting pin is said by %s',
    async (_, words) => {
      const { stderr } = await served.home.run(words, { env: passphrases });
      expect(stderr).toContain('code=ROOT_NOT_PINNED');
    },
  );

  it.each(writes.map((words) => [words.join(' '), words]))(
    'the contradicting pin refuses %s, which sends nothing',
    async (_, words) => {
      const begun = served.requests.length;
      const { status, stderr } = await served.home.run(words, { env: passphrases });
      expect([status, stderr]).toEqual([1, expect.stringContaining('ROOT_NOT_PINNED')]);
      expect(served.requests.slice(begun).filter((request) => request.startsWith('POST'))).toEqual([]);
    },
  );
});
