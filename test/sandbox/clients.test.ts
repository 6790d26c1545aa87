/** Genuine notary, the Docker CLI and tsnotary on a sandbox, with and without logins. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../src/adapters/sandbox/start.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { type DockerEngine, startDockerEngine } from '../support/genuine/docker-engine.ts';
import { type Home, makeHome } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryLog } from '../support/memory-ports.ts';

let folder: string;
let sandbox: RunningSandbox;
let engine: DockerEngine;
const log = memoryLog();

async function open(users?: string): Promise<void> {
  folder = makeScratch();
  const file = join(folder, 'users');
  if (users !== undefined) writeFileSync(file, users, { mode: 0o600 });
  sandbox = await start(users === undefined ? undefined : file, 0);
  engine = await startDockerEngine(join(folder, 'docker.sock'));
}

function start(users: string | undefined, port: number): Promise<RunningSandbox> {
  const ports = { clock: systemClock(), random: systemRandom, log };
  return startSandbox({ folder: join(folder, 'sandbox'), port, users }, ports);
}

async function close(): Promise<void> {
  await engine.stop();
  await sandbox.close();
  removeScratch(folder);
}

function person(name: string, env: Readonly<Record<string, string>> = {}): Home {
  const certificates = { caCertificate: sandbox.ca, caKey: '', serverCertificate: '', serverKey: '' };
  return makeHome({
    ...{ folder: join(folder, name), certificates, serverUrl: sandbox.url },
    env: { DOCKER_HOST: engine.host, ...env },
    // The Docker CLI has one passphrase for all keys of a repository.
    passphrases: {
      root: 'root-passphrase',
      targets: 'target-passphrase',
      snapshot: 'target-passphrase',
      delegation: 'target-passphrase',
    },
  });
}

/** Names and roles as `list` shows them. */
async function listed(who: Home, program: 'notary' | 'tsnotary', gun: string): Promise<readonly string[]> {
  const { stdout } = await who[program]('list', gun);
  const rows = stdout.split('\n').filter((line) => /[0-9a-f]{64}/.test(line));
  return rows.map((row) => row.trim().split(/\s+/)).map((cells) => `${cells[0] ?? ''} ${cells.at(-1) ?? ''}`);
}

describe.skipIf(!available('notary', 'docker'))('clients on a sandbox', () => {
  beforeAll(() => open());
  afterAll(close);

  it('the clients notary, docker and tsnotary sign one collection and read what the others have signed', async () => {
    const image = `localhost:${new URL(sandbox.url).port}/alice/demo`;
    const owner = person('owner');
    const { digest } = engine.addImage(image, '1.0');
    await owner.docker('push', `${image}:1.0`);
    await owner.notary('key', 'rotate', image, 'snapshot', '-r');
    await owner.tsnotary('sandbox', 'certificate', 'anna');
    await owner.notary('delegation', 'add', image, 'targets/releases', 'anna.crt', '--all-paths', '-p');

    const anna = person('anna');
    await anna.tsnotary('key', 'import', join(owner.work, 'anna.key'), '--role', 'user');
    await anna.tsnotary('add', image, '2.0', anna.write('two', 'two'), '-r', 'targets/releases', '-p');

    const wanted = ['1.0 targets', '2.0 targets/releases'];
    const reader = person('reader');
    expect(await listed(reader, 'notary', image)).toEqual(wanted);
    expect(await listed(person('other'), 'tsnotary', image)).toEqual(wanted);
    const { stdout } = await person('third').docker('trust', 'inspect', image);
    expect(stdout).toContain(digest.replace('sha256:', ''));
    expect(stdout).toContain('"SignedTag": "2.0"');
    await reader.docker('pull', `${image}:1.0`);

    await owner.tsnotary('delegation', 'remove', image, 'targets/releases', '-y', '-p');
    await owner.notary('key', 'rotate', image, 'timestamp', '-r');
    expect(await listed(reader, 'notary', image)).toEqual(['1.0 targets']);
    await owner.notary('delete', image, '--remote');
    const gone = await person('late').run('notary', ['list', image]);
    expect(gone.stdout + gone.stderr).toContain('does not have trust data');
    expect(log.messages('error')).toEqual([]);
  });
});

const auth = (user: string, password: string) => ({
  NOTARY_AUTH: Buffer.from(`${user}:${password}`).toString('base64'),
});

describe.skipIf(!available('notary', 'docker'))('clients on a sandbox with users', () => {
  beforeAll(() => open('# us\nalice:wonder:land\nbob:build\n'));
  afterAll(close);

  it.each(['notary', 'tsnotary'] as const)(
    'the client %s logs in to write, and reads without a login',
    async (program) => {
      const gun = `example.com/${program}`;
      const owner = person(`${program}-owner`, auth('alice', 'wonder:land'));
      await owner[program]('init', gun, '-p');
      await owner[program]('add', gun, 'v1', owner.write('v1', 'one'), '-p');
      await owner[program]('key', 'rotate', gun, 'snapshot', '-r');
      expect(await listed(person(`${program}-reader`), program, gun)).toEqual(['v1 targets']);
      await owner[program]('delete', gun, '--remote');
    },
  );

  it.each([
    ['notary', {}],
    ['tsnotary', {}],
    ['notary', auth('alice', 'wrong')],
    ['tsnotary', auth('alice', 'wrong')],
    ['notary', auth('carol', 'build')],
  ] as const)('the client %s with %j does not write', async (program, env) => {
    const who = person(`stranger-${program}-${Object.values(env).join('')}`, env);
    const { status, stdout, stderr } = await who.run(program, ['init', 'example.com/refused', '-p']);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(/unauthorized|not authorized/i);
  });

  it('the client docker logs in, and its login is good for docker and tsnotary, also after a new start', async () => {
    const host = new URL(sandbox.url).host;
    const image = `${host}/bob/demo`;
    const bob = person('bob');
    const login = ['login', '--username', 'bob', '--password-stdin', host];
    expect(await bob.run('docker', login, { input: 'build' })).toMatchObject({ status: 0 });
    engine.addImage(image, '1.0');
    await bob.docker('push', `${image}:1.0`);
    const users = join(folder, 'users');
    await sandbox.close();
    sandbox = await start(users, Number(new URL(sandbox.url).port));
    await bob.tsnotary('add', image, '2.0', bob.write('two', 'two'), '-p');
    expect(await listed(person('bobs-reader'), 'notary', image)).toEqual(['1.0 targets', '2.0 targets']);
  });
});
