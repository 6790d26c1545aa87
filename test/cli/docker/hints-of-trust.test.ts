/** What trust commands say of what to do next, where docker says nothing. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imageInEngine } from '../../../src/cli/docker/image-to-sign.ts';
import { parseReference } from '../../../src/images/reference.ts';
import type { Engine } from '../../../src/ports/engine.ts';
import { freePort } from '../../support/genuine/notary-server.ts';
import { run } from '../../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { startServer, type TestServer } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = makeScratch();
  mkdirSync(join(folder, 'docker'));
  server = await startServer((_, response) => response.writeHead(404).end());
});
afterAll(async () => {
  await server.stop();
  removeScratch(folder);
});

const image = 'localhost:1/alice/demo';
const said = async (line: string | readonly string[], env: Record<string, string> = {}): Promise<string> => {
  const own = { HOME: folder, DOCKER_CONFIG: join(folder, 'docker'), ...env };
  const words = typeof line === 'string' ? line.split(' ') : line;
  const { stderr, status } = await run('tsnotary', words, { cwd: folder, env: own });
  expect(status).toBe(1);
  return stderr;
};

it('a trust server that cannot be reached is named, and what names it', async () => {
  const url = `https://localhost:${await freePort()}`;
  expect(await said(`trust inspect ${image}`, { DOCKER_CONTENT_TRUST_SERVER: url })).toContain(
    `The trust server ${url}, which DOCKER_CONTENT_TRUST_SERVER names, could not be reached.`,
  );
  expect(await said(`-s ${url} trust resolve ${image}`)).toContain(
    `The trust server ${url}, which --server names, could not be reached.`,
  );
  expect(await said(`trust resolve ${image}`)).toContain(
    'The trust server https://localhost:1 could not be reached. It is that of the registry, since neither DOCKER_CONTENT_TRUST_SERVER nor --server names another.',
  );
});

it('the CA of a trust server belongs where docker looks for it, and not into the configuration of Notary', async () => {
  const stderr = await said(`trust inspect ${image}`, { DOCKER_CONTENT_TRUST_SERVER: server.url });
  const file = `${folder}/docker/tls/${new URL(server.url).host}/ca.crt`;
  expect(stderr).toContain(`put the CA's certificate in ${file}, or name its file with --tlscacert.`);
  expect(stderr).not.toContain('remote_server');
});

it('a passphrase that nobody types is named with the one variable that would have answered', async () => {
  const stderr = await said('trust key generate bob');
  expect(stderr).toContain('Set DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE, give --passphrase-file, or run');
  expect(stderr).not.toContain('ROOT');
  const unasked = await said('--no-input trust key generate bob');
  expect(unasked.split('DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE')).toHaveLength(2);
});

it('an unknown command below a group is answered with those that may be meant', async () => {
  expect(await said('trust sgn x')).toContain('What may be meant: tsnotary trust sign');
  expect(await said('trust key lod x')).toContain('What may be meant: tsnotary trust key load');
  expect(await said('trust zzzzzz')).not.toContain('meant');
});

it('a flag of trust that is misspelt or cut short is answered with the one that may be meant', async () => {
  for (const [typed, meant] of [
    ['--fromreg', '--from-registry'],
    ['--from-registri', '--from-registry'],
    ['--fromregistry', '--from-registry'],
  ] as const) {
    const { status, stderr } = await run('tsnotary', ['trust', 'sign', typed, image], {
      cwd: folder,
      env: {},
    });
    expect([typed, status, stderr]).toEqual([
      typed,
      125,
      expect.stringContaining(`What may be meant: ${meant}`),
    ]);
  }
});

it('what is no file is called what it is, and an empty path stands for no directory', async () => {
  await run('sh', ['-c', 'mkfifo -m 600 pipe; mkdir -m 700 folder; truncate -s 2M large; chmod 600 large'], {
    cwd: folder,
  });
  const refused = (path: string) => said(['trust', 'key', 'load', path]);
  expect(await refused('')).toContain('from : stat : no such file or directory\n');
  expect(await refused('pipe')).toContain('from pipe: pipe is a pipe or a device, and no file\n');
  expect(await refused('folder')).toContain('from folder: read folder: is a directory\n');
  expect(await refused('large')).toContain('from large: large is larger than 1048576 bytes\n');
});

it('where the engine lacks the image, the whole command is named that asks no engine', async () => {
  const engine = { image: () => Promise.resolve(undefined) } as unknown as Engine;
  const wanted = { ...parseReference(`${image}:1.0`), tag: '1.0' };
  expect(await failureOf(imageInEngine(engine, wanted))).toMatchObject({
    code: 'ENGINE_REFUSED',
    hint: `To sign what is in the registry: tsnotary trust sign --from-registry ${image}:1.0`,
  });
});
