import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlatform } from '../../src/cli/docker/platform.ts';
import { openEngine } from '../../src/composition/engine.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { ImageRepository } from '../../src/ports/registry.ts';
import {
  document,
  type EngineStub,
  progress,
  type SentRequest,
  startEngineStub,
} from '../support/engine-stub.ts';
import { available, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryClock, memoryLog } from '../support/memory-ports.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** Progress of every kind that an engine sends. */
const lines = [
  { status: 'The push refers to repository [x]' },
  { status: 'Preparing', progressDetail: {}, id: 'abc' },
  { status: 'Pushing', progressDetail: { current: 5, total: 10 }, progress: '[=====>   ] 5B/10B', id: 'abc' },
  { status: 'Pushed', progressDetail: {}, id: 'abc' },
  { status: `1: digest: ${digest} size: 5` },
  { progressDetail: {}, aux: { Tag: '1', Digest: digest, Size: 5 } },
];

const images: readonly (readonly [string, ImageRepository])[] = [
  ['localhost:5000/app', { domain: 'localhost:5000', path: 'app' }],
  ['alpine', { domain: 'docker.io', path: 'library/alpine' }],
  ['alice/private', { domain: 'docker.io', path: 'alice/private' }],
  ['other.example/x/y', { domain: 'other.example', path: 'x/y' }],
];

describe.skipIf(!available('docker'))('the engine as the genuine docker CLI speaks with it', () => {
  let folder = '';
  let stub: EngineStub;
  let engine: Engine;
  let env: Record<string, string> = {};

  beforeAll(async () => {
    folder = makeScratch();
    const path = join(folder, 'engine.sock');
    stub = await startEngineStub({
      path,
      answer: (response, request) => {
        const { url } = request;
        if (url.includes('/tag?')) response.writeHead(201).end();
        else if (url.includes('/json')) document(404, { message: 'No such image' })(response, request);
        else if (url.includes('/refused/')) progress(...lines, failure)(response, request);
        else progress(...lines)(response, request);
      },
    });
    const docker = join(folder, '.docker');
    mkdirSync(docker);
    const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });
    writeFileSync(
      join(docker, 'config.json'),
      JSON.stringify({
        auths: {
          'localhost:5000': auth('alice:wonderland'),
          'https://index.docker.io/v1/': { ...auth('bob:??~ÿ?~'), identitytoken: 'refresh' },
        },
        HttpHeaders: { 'X-Mine': 'value' },
      }),
    );
    env = { HOME: folder, DOCKER_HOST: `unix://${path}` };
    const environment = { get: (name: string) => env[name] };
    const surroundings = {
      environment,
      absolute: (name: string) => name,
      clock: memoryClock(),
      log: memoryLog(),
    };
    engine = await openEngine(surroundings);
  });
  afterAll(async () => {
    await engine.close();
    await stub.stop();
    removeScratch(folder);
  });

  const failure = { errorDetail: { message: 'denied: requested access' }, error: 'denied: requested access' };

  /** What makes a request to the engine: not how the connection is kept, nor which program asks. */
  const meant = ({ method, url, headers, body }: SentRequest) => ({
    ...{ method, url, body },
    host: headers.host,
    login: headers['x-registry-auth'],
    own: headers['x-mine'],
    length: headers['content-length'],
  });
  async function sentBy(work: () => Promise<unknown>) {
    const before = stub.requests.length;
    await work();
    return stub.requests
      .slice(before)
      .filter(({ url }) => url !== '/_ping')
      .map(meant);
  }
  const docker = (...words: readonly string[]) => run('docker', words, { env, cwd: folder });
  const nothing = (): void => undefined;

  it.each(images)('a push sends what docker push sends: %s', async (name, repository) => {
    const theirs = await sentBy(() => docker('push', `${name}:1`));
    const ours = await sentBy(() => engine.push(repository, '1', nothing));
    expect(theirs).toHaveLength(1);
    expect(ours).toEqual(theirs);
  });

  it.each(images)('a pull of a digest sends what docker pull sends: %s', async (name, repository) => {
    const theirs = await sentBy(() => docker('pull', `${name}@${digest}`));
    const ours = await sentBy(() => engine.pull(repository, digest, nothing));
    expect(theirs).toHaveLength(1);
    expect(ours).toEqual(theirs);
  });

  it.each(images)('naming an image sends what docker tag sends: %s', async (name, repository) => {
    const theirs = await sentBy(() => docker('tag', 'localhost:5000/app:1', `${name}:2`));
    const ours = await sentBy(() => engine.tag('localhost:5000/app:1', repository, '2'));
    expect(theirs).toHaveLength(1);
    expect(ours).toEqual(theirs);
  });

  it.each([
    'linux/arm64',
    'linux/arm64/v8',
    'linux/arm',
    'linux/arm/6',
    'Linux/AArch64',
    'linux/x86_64',
    'linux/amd64/v2',
    'linux/armhf',
    'linux/i386',
    'windows/amd64',
  ])('a platform is sent as docker sends it: %s', async (typed) => {
    const [name, repository] = images[0] ?? ['', { domain: '', path: '' }];
    const platform = parsePlatform(typed);
    const [push, pull] = [
      await sentBy(() => docker('push', '--platform', typed, `${name}:1`)),
      await sentBy(() => docker('pull', '--platform', platform, `${name}@${digest}`)),
    ];
    expect(await sentBy(() => engine.push(repository, '1', nothing, platform))).toEqual(push);
    expect(await sentBy(() => engine.pull(repository, digest, nothing, platform))).toEqual(pull);
    expect([...push, ...pull].map(({ url }) => url.includes('platform='))).toEqual([true, true]);
  });

  it('the lines of a push are those of docker push, and a refusal has its words', async () => {
    const shown: string[] = [];
    await engine.push({ domain: 'localhost:5000', path: 'app' }, '1', (line) => shown.push(line));
    expect((await docker('push', 'localhost:5000/app:1')).stdout).toBe(`${shown.join('\n')}\n`);
    const { status, stderr } = await docker('push', 'localhost:5000/refused/app:1');
    const ours = engine.push({ domain: 'localhost:5000', path: 'refused/app' }, '1', nothing);
    await expect(ours).rejects.toThrow(expect.objectContaining({ message: stderr.trimEnd() }) as Error);
    expect(status).toBe(1);
  });

  it('an engine that is not there is said in the words of docker', async () => {
    const nowhere = { ...env, DOCKER_HOST: `unix://${folder}/none` };
    const { stderr } = await run('docker', ['push', 'alpine:1'], { env: nowhere });
    const environment = { get: (name: string) => (nowhere as Record<string, string>)[name] };
    const other = await openEngine({
      environment,
      absolute: (name) => name,
      clock: memoryClock(),
      log: memoryLog(),
    });
    await expect(other.image('alpine:1')).rejects.toThrow(
      expect.objectContaining({ message: stderr.trimEnd() }) as Error,
    );
    await other.close();
  });
});
