/** What is signed for a tag when registry and engine change or do not say what it stands for, and how images are named. */

import { expect, it } from 'vitest';
import { type SigningRequest, signImage } from '../../src/cli/docker/sign-image.ts';
import type { CommandContext } from '../../src/cli/spec/command-context.ts';
import { lookAtTag } from '../../src/client/images/sign-tag.ts';
import { NotaryError } from '../../src/errors.ts';
import { parseReference } from '../../src/images/reference.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Registry } from '../../src/ports/registry.ts';
import type { Actor } from '../support/actor.ts';
import { imageMeta, imageTeam, putTag, strictly } from '../support/image-team.ts';
import { scratchHome } from '../support/memory-system.ts';
import { failureOf } from '../support/refusal.ts';

const digestOf = (byte: number) => `sha256:${Buffer.alloc(32, byte).toString('hex')}`;
const image = { ...parseReference('docker.io/alice/demo:1'), tag: '1' };

/** A registry that answers with one digest after the other, and with the last again; without one it cannot be reached. */
function registryOf(...bytes: readonly (number | undefined)[]): Registry {
  let asked = 0;
  return {
    manifest: async () => {
      const byte = bytes[Math.min(asked++, bytes.length - 1)];
      if (byte === undefined) throw new NotaryError('REGISTRY_UNREACHABLE', 'no answer');
      const more = { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: new Uint8Array() };
      return { digest: digestOf(byte), size: 500, ...more };
    },
    referrers: () => Promise.resolve({ source: 'tag', entries: [] }),
    checkRepository: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** An engine that says of each push that it was this digest, of seven bytes. */
const engineOf = (byte: number): Engine => ({
  answers: () => Promise.resolve(true),
  image: () => Promise.resolve({ id: 'one', platforms: 1 }),
  push: (_repository, tag) => Promise.resolve([{ tag, digest: digestOf(byte), size: 7 }]),
  pull: () => Promise.resolve(),
  tag: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

/** Alice and bob sign for the image; alice has signed the tag with this. */
async function signedBefore(meta?: FileMeta): Promise<Actor> {
  const { owner, bob } = await imageTeam();
  if (meta !== undefined) await putTag(owner, ['targets/alice', 'targets/releases'], '1', meta);
  return bob;
}

const usual: SigningRequest['wanted'] = { local: false, fromRegistry: false, yes: false };

const local = { ...usual, local: true };
const push = { ...local, pushed: true } as const;

async function sign(ports: Actor, registry: Registry, wanted = usual, engine = engineOf(1)) {
  const printed: string[] = [];
  const { log, caution } = ports;
  const print = (line: string) => printed.push(line);
  const context = { log, caution, print, printError: print, noInput: true } as unknown as CommandContext;
  const openRegistry = () => registry;
  const docker = { openRegistry, openEngine: () => Promise.resolve(engine) } as SigningRequest['docker'];
  const signer = () => Promise.resolve(undefined);
  return { result: signImage(context, { image, docker, ports, wanted, signer }), printed };
}

const holders = async (who: Actor) => (await lookAtTag(who, '1')).signed?.signers;

it('a signature is added to the digest that is recorded, as long as the registry has it', async () => {
  const bob = await signedBefore(imageMeta(1));
  const { result } = await sign(bob, registryOf(1));
  expect(await result).toMatchObject({ digest: digestOf(1), roles: ['targets/bob'] });
  expect(await holders(bob)).toEqual(['alice', 'bob']);
});

it('no signature is added to it when the registry moves the tag in the meantime', async () => {
  const bob = await signedBefore(imageMeta(1));
  const { result, printed } = await sign(bob, registryOf(1, 2));
  expect(await failureOf(result)).toMatchObject({ code: 'DIGEST_CHANGED' });
  expect(printed.join()).not.toContain('Successfully');
  expect(await holders(bob)).toEqual(['alice']);
});

it('what is recorded without SHA-256 is no image, and is not signed unseen', async () => {
  const bob = await signedBefore(imageMeta(1, 'sha512'));
  const { result } = await sign(bob, registryOf());
  expect(await failureOf(result)).toMatchObject({ code: 'CHECKSUM_MISSING' });
  expect(await holders(bob)).toEqual(['alice']);
});

it('what an engine pushes is signed with the size that the registry has, whatever the engine says', async () => {
  for (const wanted of [usual, local, push]) {
    const bob = await signedBefore();
    const { result } = await sign(bob, registryOf(1), wanted);
    expect(await result).toMatchObject({ digest: digestOf(1) });
    expect((await lookAtTag(bob, '1')).signed?.meta.length).toBe(500);
  }
});

it('what an engine pushes is not signed when the registry has another image by then, or moves the tag before the upload', async () => {
  const bob = await signedBefore();
  for (const wanted of [usual, local, push])
    for (const registry of [registryOf(2), registryOf(1, 2)]) {
      const { result } = await sign(bob, registry, wanted);
      expect(await failureOf(result)).toMatchObject({ code: 'DIGEST_CHANGED' });
    }
  expect((await lookAtTag(bob, '1')).signed).toBeUndefined();
});

it('nothing is signed when the registry goes down between the look and the upload', async () => {
  for (const wanted of [{ ...usual, fromRegistry: true }, local, push]) {
    const bob = await signedBefore();
    const { result, printed } = await sign(bob, registryOf(1, undefined), wanted);
    expect(await failureOf(result)).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(printed.join()).not.toContain('Successfully');
    expect((await lookAtTag(bob, '1')).signed).toBeUndefined();
    expect(await (await sign(bob, registryOf(1), wanted)).result).toMatchObject({ digest: digestOf(1) });
  }
});

it('that the registry cannot be asked what an engine has pushed is said, and with --strict nothing is signed', async () => {
  for (const wanted of [usual, local]) {
    const bob = await signedBefore();
    const { result: refused } = await sign(strictly(bob), registryOf(), wanted);
    expect(await failureOf(refused)).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect((await lookAtTag(bob, '1')).signed).toBeUndefined();
    const { result } = await sign(bob, registryOf(), wanted);
    expect(await result).toMatchObject({ digest: digestOf(1) });
    expect(bob.log.records.map(({ code }) => code)).toContain('REGISTRY_UNREACHABLE');
  }
});

it('of an image of several platforms the engine pushes the one that is named, and none without a name', async () => {
  const bob = await signedBefore();
  const several: Engine = { ...engineOf(1), image: () => Promise.resolve({ id: 'one', platforms: 2 }) };
  const { result } = await sign(bob, registryOf(1), push, several);
  expect(await failureOf(result)).toMatchObject({ code: 'SEVERAL_PLATFORMS' });
  const named = { ...push, platform: 'linux/arm64' };
  const { result: pushed } = await sign(bob, registryOf(1), named, several);
  expect(await pushed).toMatchObject({ digest: digestOf(1) });
});

it('trust push signs nothing that the registry does not show, and does not say to push it first', async () => {
  const bob = await signedBefore();
  const absent: Registry = {
    ...registryOf(),
    manifest: () =>
      Promise.reject(new NotaryError('IMAGE_NOT_THERE', 'not found', { hint: 'Push it first.' })),
  };
  for (const [registry, code] of [
    [absent, 'IMAGE_NOT_THERE'],
    [registryOf(), 'REGISTRY_UNREACHABLE'],
  ] as const) {
    const failure = await failureOf((await sign(bob, registry, push)).result);
    expect(failure).toMatchObject({ code, details: { pushed: digestOf(1) } });
    expect(failure.message).toContain(`demo:1 was pushed as ${digestOf(1)}, and is not signed: `);
    expect(failure.hint ?? '').not.toContain('Push it');
  }
  expect((await lookAtTag(bob, '1')).signed).toBeUndefined();
});

it('no name of an image in a message moves the cursor', async () => {
  const home = scratchHome();
  try {
    const { stdout, stderr, status } = await home.run(['trust', 'inspect', 'A\u001b[2JB']);
    expect([status, stdout]).toEqual([1, '[]\n']);
    expect(stderr).toContain('repository name (library/A\\x1b[2JB) must be lowercase');
  } finally {
    home.remove();
  }
});
