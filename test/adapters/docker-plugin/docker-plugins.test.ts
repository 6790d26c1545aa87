import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerPlugins } from '../../../src/adapters/docker-plugin/docker-plugins.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { memoryLog } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

let folder = '';
let log = memoryLog();
beforeEach(() => {
  folder = makeScratch();
  log = memoryLog();
});
afterEach(() => removeScratch(folder));

const at = (...names: string[]): string => join(folder, ...names);
const mine = (name: string): string => at('home/.docker/cli-plugins', name);

/** A program that answers as a plugin, and otherwise prints its words, one a line. */
function program(path = at('program')): string {
  const metadata = JSON.stringify({ SchemaVersion: '0.1.0', Vendor: 'tsnotary', Version: '9.9' });
  place(path, `case "$2" in docker-cli-plugin-metadata) echo '${metadata}';; *) printf '%s\\n' "$@";; esac`);
  return path;
}

function place(path: string, script: string, mode = 0o755): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, mode);
}

const says = (document: object): string => `echo '${JSON.stringify(document)}'`;
const foreign = { SchemaVersion: '0.1.0', Vendor: 'Docker Inc.', Version: '29.0.1' };

function opened(env: Record<string, string> = {}, words: readonly [string, ...string[]] = [program()]) {
  return dockerPlugins({
    env: { HOME: at('home'), PATH: '/usr/bin:/bin', ...env },
    absolute: (path) => (path.startsWith('/') ? path : at('work', path)),
    log,
    systemFolders: [at('system/one'), at('system/two')],
    program: words,
  });
}

describe('installing a plugin', () => {
  it('a plugin is a launcher that all may run, in the configuration directory of docker', async () => {
    const plugins = opened();
    expect(plugins.install('docker-trust', 'user', false)).toBe(mine('docker-trust'));
    expect(statSync(mine('docker-trust')).mode & 0o7777).toBe(0o755);
    expect(readdirSync(at('home/.docker/cli-plugins'))).toEqual(['docker-trust']);
    expect(execFileSync(mine('docker-trust'), ['a b', '', '*'], { encoding: 'utf8' })).toBe(
      'docker-trust\na b\n\n*\n',
    );
    expect(await plugins.state('docker-trust')).toEqual({
      name: 'docker-trust',
      found: [{ path: mine('docker-trust'), owner: 'tsnotary', vendor: 'tsnotary', version: '9.9' }],
    });
  });

  it('DOCKER_CONFIG and --system name other directories; those for everyone are open to everyone', () => {
    expect(opened({ DOCKER_CONFIG: 'cfg' }).install('docker-trust', 'user', false)).toBe(
      at('work/cfg/cli-plugins/docker-trust'),
    );
    const before = process.umask(0o077);
    try {
      opened().install('docker-trust', 'system', false);
    } finally {
      process.umask(before);
    }
    for (const path of ['system', 'system/one', 'system/one/docker-trust'])
      expect([path, statSync(at(path)).mode & 0o777]).toEqual([path, 0o755]);
    expect(() => opened({ HOME: '' }).folder('user')).toThrow(refusal('FILE_UNWRITABLE', /HOME is not set/));
  });

  it.each(["it's", 'a b', '$(touch x)', '`touch x`', 'a"b', 'a\\b', 'line\nend', '-n', ';ls', '*'])(
    'a program below a directory named %j is started, and nothing else is',
    (name) => {
      const path = program(at(name, 'program'));
      opened({}, [path, "it's one", '$HOME']).install('docker-trust', 'user', false);
      const output = execFileSync(mine('docker-trust'), ['x'], {
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: '', HOME: '/elsewhere' },
      });
      expect(output).toBe("it's one\n$HOME\ndocker-trust\nx\n");
      expect(existsSync(at('x'))).toBe(false);
    },
  );

  it('nothing of the environment decides what a launcher starts', () => {
    opened().install('docker-trust', 'user', false);
    const evil = at('evil');
    for (const name of ['exec', 'sh', 'program', 'node', 'docker-trust'])
      place(join(evil, name), 'echo evil');
    writeFileSync(at('startup'), 'echo evil\n');
    const env = {
      PATH: evil,
      ENV: at('startup'),
      BASH_ENV: at('startup'),
      IFS: '/',
      CDPATH: evil,
      'BASH_FUNC_exec%%': '() { echo evil; }',
    };
    expect(execFileSync(mine('docker-trust'), ['x'], { encoding: 'utf8', cwd: evil, env })).toBe(
      'docker-trust\nx\n',
    );
  });

  it('a plugin of tsnotary is replaced, and so is a link to tsnotary, which stays where it leads', () => {
    opened().install('docker-trust', 'user', false);
    const other = program(at('moved'));
    opened({}, [other]).install('docker-trust', 'user', false);
    expect(readFileSync(mine('docker-trust'), 'utf8')).toContain(`exec ${other} `);
    const link = mine('docker-tsnotary');
    symlinkSync(other, link);
    opened({}, [other]).install('docker-tsnotary', 'user', false);
    expect(lstatSync(link).isFile()).toBe(true);
    expect(readFileSync(other, 'utf8')).toContain('docker-cli-plugin-metadata');
  });

  it.each<[string, (path: string) => void]>([
    ['a plugin of another', (path) => place(path, says(foreign))],
    ['a file that says tsnotary further down', (path) => place(path, '# tsnotary docker-plugin install')],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a directory', (path) => mkdirSync(path)],
    ['a link into nothing', (path) => symlinkSync(at('nothing'), path)],
    ['a link to another program', (path) => symlinkSync('/bin/true', path)],
  ])('%s is neither replaced nor removed', (_, make) => {
    mkdirSync(at('home/.docker/cli-plugins'), { recursive: true });
    const path = mine('docker-trust');
    make(path);
    const before = lstatSync(path);
    expect(opened().owner('docker-trust', 'user')).toBe('other');
    expect(() => opened().install('docker-trust', 'user', false)).toThrow(refusal('PLUGIN_NOT_OURS'));
    expect(() => opened().remove('docker-trust', 'user')).toThrow(refusal('PLUGIN_NOT_OURS'));
    const after = lstatSync(path);
    expect([after.ino, after.size, after.mtimeMs]).toEqual([before.ino, before.size, before.mtimeMs]);
    expect(readdirSync(at('home/.docker/cli-plugins'))).toEqual(['docker-trust']);
  });

  it('a file of another is replaced where that is wanted; a directory is not', () => {
    place(mine('docker-trust'), says(foreign));
    opened().install('docker-trust', 'user', true);
    expect(opened().owner('docker-trust', 'user')).toBe('tsnotary');
    mkdirSync(join(mine('docker-tsnotary'), 'full'), { recursive: true });
    expect(() => opened().install('docker-tsnotary', 'user', true)).toThrow(refusal('FILE_UNWRITABLE'));
    expect(readdirSync(at('home/.docker/cli-plugins')).sort()).toEqual(['docker-trust', 'docker-tsnotary']);
  });

  it('a directory that cannot be made is an error, and nothing is left', () => {
    mkdirSync(at('home'), { recursive: true });
    writeFileSync(at('home/.docker'), '');
    expect(() => opened().install('docker-trust', 'user', false)).toThrow(refusal('FILE_UNWRITABLE'));
    expect(readdirSync(at('home'))).toEqual(['.docker']);
  });

  it('removing takes away what is of tsnotary, once', () => {
    const plugins = opened();
    plugins.install('docker-trust', 'user', false);
    expect(plugins.remove('docker-trust', 'user')).toBe(true);
    expect(plugins.remove('docker-trust', 'user')).toBe(false);
    expect(plugins.owner('docker-trust', 'user')).toBeUndefined();
    expect(readdirSync(at('home/.docker/cli-plugins'))).toEqual([]);
  });
});

describe('what docker finds', () => {
  it('plugins are found in the order in which docker looks', async () => {
    mkdirSync(at('home/.docker'), { recursive: true });
    writeFileSync(
      at('home/.docker/config.json'),
      JSON.stringify({ cliPluginsExtraDirs: [at('extra'), 'relative', 5] }),
    );
    place(at('system/two/docker-trust'), says(foreign));
    place(at('extra/docker-trust'), says({ ...foreign, Version: undefined }));
    const plugins = opened();
    plugins.install('docker-trust', 'user', false);
    const { found } = await plugins.state('docker-trust');
    expect(found.map(({ path, owner, vendor }) => [path, owner, vendor])).toEqual([
      [at('extra/docker-trust'), 'other', 'Docker Inc.'],
      [mine('docker-trust'), 'tsnotary', 'tsnotary'],
      [at('system/two/docker-trust'), 'other', 'Docker Inc.'],
    ]);
    expect(plugins.folders).toEqual([
      at('extra'),
      at('home/.docker/cli-plugins'),
      at('system/one'),
      at('system/two'),
    ]);
  });

  it('a damaged config.json is a warning without its content', () => {
    mkdirSync(at('home/.docker'), { recursive: true });
    writeFileSync(at('home/.docker/config.json'), '{"auths":{"h":{"auth":"c2VjcmV0"}}');
    expect(opened().folders).toHaveLength(3);
    expect(log.records).toEqual([expect.objectContaining({ level: 'warn', code: 'DOCKER_CONFIG_UNUSABLE' })]);
    expect(JSON.stringify(log.records)).not.toContain('c2VjcmV0');
  });

  it.each<[string, string, number, RegExp]>([
    ['no executable', 'true', 0o644, /^it does not start: permission denied$/],
    ['failing', 'exit 3', 0o755, /^it ends with status 3$/],
    ['killed', 'kill -9 $$', 0o755, /^it ends with SIGKILL$/],
    ['no JSON', 'echo hello', 0o755, /^invalid metadata$/],
    ['a list', 'echo []', 0o755, /^invalid metadata$/],
    ['without a vendor', says({ SchemaVersion: '0.1.0' }), 0o755, /does not define a vendor$/],
    [
      'of another schema',
      says({ ...foreign, SchemaVersion: '9' }),
      0o755,
      /^plugin SchemaVersion "9" is not valid/,
    ],
    [
      'endless',
      'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
      0o755,
      /more than metadata can be$/,
    ],
    [
      'moving the cursor',
      says({ ...foreign, Vendor: 'a\u001b[2Jb', SchemaVersion: '1' }),
      0o755,
      /must be 0.1.0$/,
    ],
  ])('a plugin that docker cannot use says why: %s', async (_, script, mode, problem) => {
    place(mine('docker-trust'), script, mode);
    const { found } = await opened().state('docker-trust');
    expect(found).toEqual([
      expect.objectContaining({ owner: 'other', problem: expect.stringMatching(problem) as string }),
    ]);
    expect(found[0]?.vendor ?? '').not.toContain('\u001b');
  });

  it('a launcher whose program is gone is of tsnotary, and broken', async () => {
    opened({}, [at('gone')]).install('docker-trust', 'user', false);
    const { found } = await opened().state('docker-trust');
    expect(found).toEqual([
      { path: mine('docker-trust'), owner: 'tsnotary', problem: 'it ends with status 127' },
    ]);
  });

  it('the version of docker says whether it has a command trust of its own', async () => {
    const bin = at('bin');
    const docker = async (line: string) => {
      place(join(bin, 'docker'), `[ "$*" = --version ] && echo '${line}'`);
      return opened({ PATH: `relative:${bin}` }).docker();
    };
    const path = join(bin, 'docker');
    expect(await docker('Docker version 28.2.2, build e6534b4')).toEqual({
      path,
      version: '28.2.2',
      ownTrust: true,
    });
    expect(await docker('Docker version 29.0.0-rc.1, build x')).toEqual({
      path,
      version: '29.0.0-rc.1',
      ownTrust: false,
    });
    expect(await docker('podman version 5.0.0')).toBeUndefined();
    expect(await opened({ PATH: at('nowhere') }).docker()).toBeUndefined();
  });
});
