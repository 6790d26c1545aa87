/** Tags signed as the genuine registry has them, pulled and inspected by the genuine docker CLI. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DockerRegistry,
  type ManifestKind,
  startDockerRegistry,
} from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';

const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};
const kinds: readonly ManifestKind[] = ['oci image', 'oci index', 'docker image', 'docker list'];
const programs = ['docker', 'notary', 'notary-server', 'docker-registry', 'openssl'] as const;

describe.skipIf(!available(...programs))('signing what the genuine registry has', () => {
  let stage: Stage;
  let registry: DockerRegistry;
  let people = 0;
  beforeAll(async () => {
    [stage, registry] = [await genuineStage({ docker: true }), await startDockerRegistry({})];
  });
  afterAll(async () => {
    await registry.stop();
    await stage.close();
  });

  const person = (): Home => stage.home(`signer${people++}`, { passphrases });
  const image = (name: string) => `${registry.domain}/team/${name}`;
  const sign = (who: Home, ...words: readonly string[]) =>
    who.run('tsnotary', ['trust', 'sign', '--signer', 'alice', ...words]);
  const pulled = () => stage.engine.requests.filter(({ action }) => action === 'pull').at(-1)?.reference;
  /** What genuine docker shows as signed, by tag. */
  async function inspected(who: Home, name: string): Promise<Record<string, [string, readonly string[]]>> {
    const { stdout } = await who.docker('trust', 'inspect', name);
    const [entry] = JSON.parse(stdout) as [
      { SignedTags: { SignedTag: string; Digest: string; Signers: string[] }[] },
    ];
    return Object.fromEntries(
      entry.SignedTags.map(({ SignedTag, Digest, Signers }) => [SignedTag, [Digest, Signers]]),
    );
  }

  it.each(kinds)('a tag of an %s is signed as it is, and docker pulls its digest', async (kind) => {
    const owner = person();
    const name = image(kind.replace(' ', '-'));
    const { digest } = await registry.push(`team/${kind.replace(' ', '-')}`, '1.0', kind);
    const { stdout, stderr, status } = await sign(owner, '--from-registry', `${name}:1.0`);
    expect({ stdout, stderr, status }).toEqual({
      stdout: `Created signer: alice\nFinished initializing signed repository for ${name}:1.0\nSigning and pushing trust metadata\nSuccessfully signed ${name}:1.0\n`,
      stderr: '',
      status: 0,
    });
    expect(await inspected(person(), name)).toEqual({ '1.0': [digest.slice(7), ['alice']] });
    await person().docker('pull', `${name}:1.0`);
    expect(pulled()).toBe(digest);
  });

  it('without an engine the registry is asked', async () => {
    const name = image('no-engine');
    const { digest } = await registry.push('team/no-engine', '1.0', 'oci index');
    const owner = person();
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    const { status } = await owner.run('tsnotary', ['trust', 'sign', '--signer', 'alice', `${name}:1.0`], {
      env,
    });
    expect(status).toBe(0);
    expect(await inspected(owner, name)).toEqual({ '1.0': [digest.slice(7), ['alice']] });
  });

  it('a signed tag that the registry has moved is not signed without a word, neither with the old digest nor with the new one', async () => {
    const owner = person();
    const name = image('moved');
    const before = await registry.push('team/moved', '1.0', 'oci image');
    await sign(owner, '--from-registry', `${name}:1.0`);
    const now = await registry.push('team/moved', '1.0', 'oci image', { seed: 'other' });
    for (const words of [[`${name}:1.0`], ['--from-registry', `${name}:1.0`]]) {
      const { status, stderr } = await sign(owner, ...words);
      expect([status, stderr]).toEqual([1, expect.stringContaining('code=DIGEST_CHANGED')]);
      expect(stderr).toContain(before.digest);
      expect(stderr).toContain(now.digest);
    }
    expect((await inspected(owner, name))['1.0']?.[0]).toBe(before.digest.slice(7));
    const { status } = await sign(owner, '-y', `${name}:1.0`);
    expect([status, (await inspected(owner, name))['1.0']?.[0]]).toEqual([0, now.digest.slice(7)]);
  });

  it.skipIf(!available('script'))(
    'on a terminal the question about two digests, and the advice before a root key, are no wider than it',
    async () => {
      const env = { DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: '' };
      const name = image('narrow');
      const before = await registry.push('team/narrow', '1.0', 'oci image');
      const words = ['trust', 'sign', '--signer', 'alice', '--from-registry', `${name}:1.0`];
      const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
      const owner = person();
      const first = owner.terminal('tsnotary', words, { columns: 60, env });
      for (const part of ['Enter', 'Repeat']) {
        await first.waitFor(`${part} passphrase for new root key`);
        await first.answerHidden('root-passphrase');
      }
      const { status, shown } = await first.end();
      expect([status, widest(shown.slice(0, shown.indexOf('Enter passphrase')))]).toEqual([
        0,
        expect.toSatisfy((width: number) => width > 40 && width <= 60),
      ]);
      const now = await registry.push('team/narrow', '1.0', 'oci image', { seed: 'other' });
      const again = owner.terminal('tsnotary', words, { columns: 80 });
      await again.waitFor('[y/N] ');
      expect(widest(again.shown())).toBeLessThanOrEqual(80);
      expect(again.shown().replaceAll('\n', ' ')).toContain(
        `${before.digest} is signed for ${name}:1.0, and the registry has ${now.digest}. Sign what the registry has? [y/N] `,
      );
      again.answer('y');
      expect(await again.end()).toMatchObject({ status: 0, echo: true });
      expect((await inspected(owner, name))['1.0']?.[0]).toBe(now.digest.slice(7));
    },
  );

  it('exactly the digest is signed that is given, whatever the tag stands for by now', async () => {
    const owner = person();
    const name = image('exact');
    const wanted = await registry.push('team/exact', '1.0', 'oci image');
    await registry.push('team/exact', '1.0', 'oci image', { seed: 'other' });
    const { status } = await sign(owner, '--from-registry', `${name}:1.0@${wanted.digest}`);
    expect([status, (await inspected(owner, name))['1.0']?.[0]]).toEqual([0, wanted.digest.slice(7)]);
    const absent = `sha256:${'0'.repeat(64)}`;
    expect(await sign(owner, '--from-registry', `${name}:2.0@${absent}`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('code=IMAGE_NOT_THERE') as string,
    });
    expect(await sign(owner, `${name}:1.0@${wanted.digest}`)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^cannot use a digest reference for IMAGE:TAG\n/) as string,
    });
    expect(Object.keys(await inspected(owner, name))).toEqual(['1.0']);
  });

  it('an image that the registry does not have is not signed, and no key is made for it', async () => {
    const owner = person();
    const { status, stderr } = await sign(owner, '--from-registry', `${image('gone')}:1.0`);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=IMAGE_NOT_THERE')]);
    const keys = join(owner.trustDir, 'private');
    expect(
      readdirSync(owner.trustDir, { recursive: true }).some((path) => String(path).endsWith('.key')),
    ).toBe(false);
    expect(keys).toContain('private');
  });

  it('the name of the first signer is that of docker login, and is checked before any key is made', async () => {
    const owner = person();
    const name = image('login');
    await registry.push('team/login', '1.0', 'oci image');
    const attempt = () => owner.run('tsnotary', ['trust', 'sign', '--from-registry', `${name}:1.0`]);
    const logIn = (user: string): void => {
      const auth = Buffer.from(`${user}:wonderland`).toString('base64');
      mkdirSync(join(owner.folder, '.docker'), { recursive: true });
      writeFileSync(
        join(owner.folder, '.docker/config.json'),
        JSON.stringify({ auths: { [registry.domain]: { auth } } }),
      );
    };
    for (const user of [undefined, 'Al.ice', 'releases']) {
      if (user !== undefined) logIn(user);
      const { status, stderr } = await attempt();
      expect([user, status, stderr]).toEqual([user, 1, expect.stringContaining('code=SIGNER_NAME_INVALID')]);
      expect(stderr).toContain(`docker login ${registry.domain}`);
    }
    expect(
      readdirSync(owner.trustDir, { recursive: true }).filter((path) => String(path).endsWith('.key')),
    ).toEqual([]);
    logIn('carol');
    expect((await attempt()).status).toBe(0);
    expect((await inspected(owner, name))['1.0']?.[1]).toEqual(['carol']);
  });

  it('digests are resolved for scripts, all of them or none, and never from the cache', async () => {
    const owner = person();
    const name = image('resolved');
    const one = await registry.push('team/resolved', '1.0', 'oci image');
    const other = await registry.push('team/resolved', 'latest', 'oci index');
    for (const tag of ['1.0', 'latest']) await sign(owner, '--from-registry', `${name}:${tag}`);
    const resolve = (...words: readonly string[]) => owner.run('tsnotary', ['trust', 'resolve', ...words]);
    expect(await resolve(`${name}:1.0`, name)).toMatchObject({
      stdout: `${name}@${one.digest}\n${name}@${other.digest}\n`,
      stderr: '',
      status: 0,
    });
    expect(await resolve(`${name}:1.0`, `${name}:3.0`)).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining(`${name}:3.0: No valid trust data for 3.0`) as string,
      status: 1,
    });
    expect(await resolve(`${name}@${one.digest}`)).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('has a digest and no tag') as string,
      status: 1,
    });
    expect((await resolve(`${name}:1.0@${one.digest}`)).stdout).toBe(`${name}@${one.digest}\n`);
    expect((await resolve(`${name}:1.0@${other.digest}`)).stderr).toContain(
      'another digest is signed for 1.0',
    );
    const elsewhere = { DOCKER_CONTENT_TRUST_SERVER: 'https://127.0.0.1:1' };
    const offline = await owner.run('tsnotary', ['trust', 'resolve', `${name}:1.0`], { env: elsewhere });
    expect(offline).toMatchObject({ stdout: '', status: 1 });
    expect((await owner.run('docker', ['trust', 'inspect', name], { env: elsewhere })).status).toBe(0);
  });
});
