/** `docker-plugin` as a process, which has a program to put into a launcher. */

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository, run } from '../../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { expectDocument } from '../../support/printed-json.ts';

let home = '';
beforeEach(() => (home = makeScratch()));
afterEach(() => removeScratch(home));

const folder = (): string => join(home, '.docker/cli-plugins');
const path = (name: string): string => join(folder(), name);
/** A docker that only says its version. */
function env(docker?: string): Record<string, string> {
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  if (docker !== undefined)
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho 'Docker version ${docker}, build x'\n`, {
      mode: 0o755,
    });
  return { HOME: home, PATH: `${bin}:/usr/bin:/bin` };
}
const plugin = (words: readonly string[], docker = '29.0.0') =>
  run('tsnotary', ['docker-plugin', ...words], { env: env(docker), cwd: home });

function placeForeign(name: string): void {
  mkdirSync(folder(), { recursive: true });
  const metadata = JSON.stringify({ SchemaVersion: '0.1.0', Vendor: 'Docker Inc.', Version: '29.0.1' });
  writeFileSync(path(name), `#!/bin/sh\necho '${metadata}'\n`, { mode: 0o755 });
}

describe('docker-plugin', () => {
  it('a user installs the plugins, sees them, and removes them', async () => {
    expect(await plugin(['status'])).toMatchObject({
      status: 3,
      stdout:
        'PLUGIN           STATE          FILE\ndocker-trust     not installed\ndocker-tsnotary  not installed\n',
    });
    expect(await plugin(['install'])).toMatchObject({
      status: 0,
      stdout: `Installed ${path('docker-trust')}.\nInstalled ${path('docker-tsnotary')}.\n`,
      stderr: '',
    });
    const { status, stdout } = await plugin(['status', '--json']);
    expect(status).toBe(0);
    const document = expectDocument(stdout, 'docker-plugin-status') as { plugins: object[] };
    expect(document.plugins).toEqual(
      ['docker-trust', 'docker-tsnotary'].map((name) => ({
        ...{ name, installed: true, first: true, works: true },
        found: [{ path: path(name), owner: 'tsnotary', vendor: 'tsnotary', version: '0.1.0' }],
      })),
    );
    const removed = await plugin(['remove', '--json']);
    expect(expectDocument(removed.stdout, 'docker-plugin-remove')).toEqual({
      removed: [path('docker-trust'), path('docker-tsnotary')],
    });
    expect(readdirSync(folder())).toEqual([]);
    expect((await plugin(['remove'])).stdout).toBe(
      `There is no ${path('docker-trust')}.\nThere is no ${path('docker-tsnotary')}.\n`,
    );
  });

  it('the launchers start this installation by absolute paths, as it was called', async () => {
    const link = join(home, "it's a bin");
    symlinkSync(join(repository, 'bin/tsnotary.js'), link);
    const script = `'${process.execPath}' "${link}" docker-plugin install`;
    expect((await run('sh', ['-c', script], { env: env(), cwd: home })).status).toBe(0);
    expect(readFileSync(path('docker-trust'), 'utf8')).toContain(
      `\nexec ${process.execPath} '${link.replaceAll("'", `'\\''`)}' docker-trust "$@"\n`,
    );
    expect((await plugin(['status'])).status).toBe(0);
  });

  it('a docker before 29 has a trust of its own, and the user is told what works there', async () => {
    const words =
      /^docker 28\.2\.2 \(.*\/bin\/docker\) has a command "trust" of its own, .*\n.*"docker tsnotary trust"/m;
    for (const command of ['install', 'status'])
      expect((await plugin([command], '28.2.2')).stdout).toMatch(words);
    expect((await plugin(['status'])).stdout).not.toContain('of its own');
  });

  it('a plugin of another is named with its vendor, and stays; --force replaces it', async () => {
    placeForeign('docker-trust');
    const before = readFileSync(path('docker-trust'));
    const refused = await plugin(['install']);
    expect([refused.status, refused.stdout]).toEqual([
      1,
      `\n* fatal: ${path('docker-trust')} is not of tsnotary: it looks like a plugin of "Docker Inc.", version 29.0.1\n`,
    ]);
    expect(refused.stderr).toContain('code=PLUGIN_NOT_OURS');
    expect(readdirSync(folder())).toEqual(['docker-trust']);
    expect((await plugin(['status'])).stdout).toMatch(/^docker-trust +Docker Inc\. 29\.0\.1 /m);
    const removed = await plugin(['remove']);
    expect([removed.status, removed.stderr]).toEqual([0, expect.stringContaining('code=PLUGIN_NOT_OURS')]);
    expect((await plugin(['remove', '--strict'])).status).toBe(1);
    expect(readFileSync(path('docker-trust'))).toEqual(before);
    expect((await plugin(['install', '--force'])).status).toBe(0);
    expect((await plugin(['status'])).status).toBe(0);
  });

  it('a plugin that docker finds earlier is a warning, a failure with --strict, and status 1', async () => {
    const extra = join(home, 'extra');
    placeForeign('docker-trust');
    mkdirSync(extra);
    writeFileSync(join(extra, 'docker-trust'), readFileSync(path('docker-trust')), { mode: 0o755 });
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ cliPluginsExtraDirs: [extra] }));
    const strict = await plugin(['install', '--force', '--strict']);
    expect([strict.status, strict.stdout]).toEqual([1, expect.stringContaining('nothing was installed')]);
    expect(readdirSync(folder())).toEqual(['docker-trust']);
    const warned = await plugin(['install', '--force']);
    expect([warned.status, warned.stderr]).toEqual([1, expect.stringContaining('code=PLUGIN_SHADOWED')]);
    expect(warned.stdout).toContain(`docker finds ${extra}/docker-trust first`);
    const { status, stdout } = await plugin(['status', '--json']);
    expect(status).toBe(1);
    expect(stdout).toContain('"first":false');
  });

  it('a plugin that does not start any more is status 1', async () => {
    await plugin(['install']);
    const text = readFileSync(path('docker-trust'), 'utf8');
    writeFileSync(path('docker-trust'), text.replace(/^exec .*$/m, 'exec /nowhere/node x docker-trust "$@"'));
    const { status, stdout } = await plugin(['status']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^docker-trust +tsnotary: broken /m)]);
    expect(stdout).toContain(`docker cannot use ${path('docker-trust')}: it ends with status 127.\n`);
    expect((await plugin(['install'])).status).toBe(0);
  });

  it('words that are no flags are refused', async () => {
    for (const command of ['install', 'remove', 'status'])
      expect(await plugin([command, 'trust'])).toMatchObject({ status: 1 });
    expect(readdirSync(home)).toEqual(['bin']);
  });
});

describe('the answer to docker', () => {
  const ask = (words: readonly string[], preload = '') =>
    run('tsnotary', [...words], { env: { HOME: home, NODE_OPTIONS: preload }, cwd: home });

  it('the answer to docker is one line of JSON, and nothing of the program is loaded for it', async () => {
    const preload = join(home, 'preload.cjs');
    writeFileSync(
      preload,
      `const fs = require('node:fs'); const read = fs.readFileSync;
       fs.readFileSync = (path, ...rest) => { if (/dist|\\.notary|\\.docker/.test(String(path))) process.exit(9); return read(path, ...rest); };`,
    );
    for (const name of ['docker-trust', 'docker-tsnotary']) {
      const { status, stdout, stderr } = await ask(
        [name, 'docker-cli-plugin-metadata'],
        `--require=${preload}`,
      );
      expect([status, stderr, stdout.match(/\n/g)?.length]).toEqual([0, '', 1]);
      expect(JSON.parse(stdout)).toEqual({
        SchemaVersion: '0.1.0',
        Vendor: 'tsnotary',
        Version: '0.1.0',
        ShortDescription: expect.stringContaining(name === 'docker-trust' ? 'images' : 'tsnotary') as string,
      });
    }
    expect((await ask(['version'], `--require=${preload}`)).status).toBe(9);
  });

  it('the word of docker is a word like any other elsewhere', async () => {
    const { stdout } = await ask(['status', 'docker-cli-plugin-metadata']);
    expect(stdout).not.toContain('SchemaVersion');
    expect(JSON.parse((await ask(['docker-cli-plugin-metadata'])).stdout)).toMatchObject({
      Vendor: 'tsnotary',
    });
  });
});
