/** Revocations with tsnotary, judged by genuine `notary` with an empty and with a warm trust directory. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { lendKey, makeKey, Readers, type SignerHome, setThreshold, signTag } from './revoking-team.ts';

const releases = 'targets/releases';

onEachServer('delegation revoke and genuine notary', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  interface Team {
    readonly gun: string;
    readonly owner: Home;
    readonly signers: Readonly<Record<string, SignerHome>>;
    readonly readers: Readers;
  }

  /** A collection in which `targets` holds v0, and signers with a key each who may sign `targets/releases`. */
  async function team(gun: string, names: readonly string[], snapshot = 'server'): Promise<Team> {
    const owner = stage.home(`owner of ${gun}`);
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    if (snapshot === 'server') await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    const signers: Record<string, SignerHome> = {};
    for (const name of names) signers[name] = await makeKey(stage.home(`${name} of ${gun}`), name);
    const certificates = Object.values(signers).map(({ certificate }) => certificate);
    await owner.notary('delegation', 'add', gun, releases, ...certificates, '--all-paths', '-p');
    return { gun, owner, signers, readers: new Readers(stage, gun) };
  }

  const signer = ({ signers }: Team, name: string): SignerHome => {
    const found = signers[name];
    if (found === undefined) throw new Error(`no signer ${name}`);
    return found;
  };

  /** Runs the command; answers the document that it prints. */
  async function revoke({ owner, gun }: Team, ...words: readonly string[]) {
    const { stdout } = await owner.tsnotary('delegation', 'revoke', gun, ...words, '-y', '--json');
    return JSON.parse(stdout) as { readonly proof: { readonly kept: number } | null };
  }

  /** Runs a command that must fail; answers the code of its error. */
  async function refusalOf({ owner, gun }: Team, ...words: readonly string[]): Promise<string> {
    const { status, stderr } = await owner.run('tsnotary', [
      ...['delegation', 'revoke', gun, ...words, '-y', '--json'],
    ]);
    expect(status).toBe(1);
    return (JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: { code: string } }).error.code;
  }

  it.each(['rsa', 'ec'] as const)(
    'genuine notary reads what is left when one of several keys is revoked: %s',
    async (type) => {
      const here = await team(`example.com/several-${type}`, ['alice']);
      const { gun, owner, readers } = here;
      const bob = await makeKey(stage.home(`bob of ${gun}`), 'bob', type);
      await owner.notary('delegation', 'add', gun, releases, bob.certificate, '-p');
      await signTag(bob.home, gun, 'v1', releases);
      await signTag(signer(here, 'alice').home, gun, 'v2', releases);
      await readers.warmUp();
      expect((await revoke(here, bob.keyId)).proof).toMatchObject({ kept: 3 });
      const left = { v0: 'targets', v1: releases, v2: releases };
      await readers.expect({ tags: left, gone: [bob.keyId], roles: [releases] });
      const refused = await bob.home.run('notary', [
        ...['addhash', gun, 'evil', '3', '--sha256', 'ab'.repeat(32), '-r', releases, '-p'],
      ]);
      expect(refused.status).not.toBe(0);
      await signTag(signer(here, 'alice').home, gun, 'v3', releases);
      await readers.expect({ tags: { ...left, v3: releases }, gone: [bob.keyId], roles: [releases] });
    },
  );

  it('genuine notary finds tags in targets, and no role, when the last key is revoked with --keep-tags-in targets', async () => {
    const here = await team('example.com/last-kept', ['bob']);
    const bob = signer(here, 'bob');
    await signTag(bob.home, here.gun, 'v1', releases);
    await here.readers.warmUp();
    expect(await refusalOf(here, bob.keyId)).toBe('TAGS_WOULD_VANISH');
    await here.readers.expect({ tags: { v0: 'targets', v1: releases }, gone: [], roles: [releases] });
    await revoke(here, bob.keyId, '--keep-tags-in', 'targets');
    await here.readers.expect({ tags: { v0: 'targets', v1: 'targets' }, gone: [bob.keyId], roles: [] });
  });

  it('genuine notary finds neither tags nor role when the last key is revoked with --drop-tags', async () => {
    const here = await team('example.com/last-dropped', ['bob']);
    const bob = signer(here, 'bob');
    await signTag(bob.home, here.gun, 'v1', releases);
    await here.readers.warmUp();
    await revoke(here, bob.keyId, '--drop-tags');
    await here.readers.expect({ tags: { v0: 'targets' }, gone: [bob.keyId], roles: [] });
    await signTag(here.owner, here.gun, 'v2', 'targets');
    await here.readers.expect({ tags: { v0: 'targets', v2: 'targets' }, gone: [bob.keyId], roles: [] });
  });

  it('genuine notary believes a role whose last signer is revoked and that --sign-with has signed again', async () => {
    const here = await team('example.com/signed-last', ['alice', 'bob']);
    const [alice, bob] = [signer(here, 'alice'), signer(here, 'bob')];
    await signTag(alice.home, here.gun, 'v1', releases);
    await signTag(bob.home, here.gun, 'v2', releases);
    await here.readers.warmUp();
    const all = { v0: 'targets', v1: releases, v2: releases };
    expect(await refusalOf(here, bob.keyId)).toBe('TAGS_WOULD_VANISH');
    expect(await refusalOf(here, bob.keyId, '--sign-with', alice.keyId)).toBe('KEY_NOT_FOUND');
    await here.readers.expect({ tags: all, gone: [], roles: [releases] });
    await lendKey(alice, 'alice', here.owner);
    await revoke(here, bob.keyId, '--sign-with', alice.keyId);
    await here.readers.expect({ tags: all, gone: [bob.keyId], roles: [releases] });
    await signTag(alice.home, here.gun, 'v3', releases);
    await here.readers.expect({ tags: { ...all, v3: releases }, gone: [bob.keyId], roles: [releases] });
  });

  it('genuine notary finds a revoked key neither in several roles nor in nested ones', async () => {
    const here = await team('example.com/nested', ['alice', 'bob']);
    const { gun, owner, readers } = here;
    const [alice, bob] = [signer(here, 'alice'), signer(here, 'bob')];
    await lendKey(alice, 'alice', owner);
    await owner.notary(...['delegation', 'add', gun, 'targets/bob', bob.certificate, '--all-paths', '-p']);
    await bob.home.notary(
      ...['delegation', 'add', gun, 'targets/bob/own', bob.certificate, '--all-paths', '-p'],
    );
    await alice.home.notary(
      ...['delegation', 'add', gun, `${releases}/nested`, bob.certificate, alice.certificate],
      ...['--all-paths', '-p'],
    );
    await signTag(bob.home, gun, 'nested', `${releases}/nested`);
    await signTag(bob.home, gun, 'deep', 'targets/bob/own');
    await readers.warmUp();
    await revoke(here, bob.keyId, '--sign-with', alice.keyId, '--keep-tags-in', 'targets');
    await readers.expect({
      tags: { v0: 'targets', nested: `${releases}/nested`, deep: 'targets' },
      ...{ gone: [bob.keyId], roles: [releases, `${releases}/nested`] },
    });
  });

  it('genuine notary finds neither of the two keys of one person', async () => {
    const here = await team('example.com/two-keys', ['alice', 'bob']);
    const { gun, owner, readers } = here;
    const [alice, bob] = [signer(here, 'alice'), signer(here, 'bob')];
    const second = await makeKey(bob.home, 'bob-2', 'rsa');
    await owner.notary(...['delegation', 'add', gun, 'targets/bob', second.certificate, '--all-paths', '-p']);
    await signTag(alice.home, gun, 'v1', releases);
    await owner.tsnotary('collaborator', 'add', 'bob', bob.keyId, second.keyId);
    await readers.warmUp();
    await revoke(here, 'bob');
    await readers.expect({
      tags: { v0: 'targets', v1: releases },
      ...{ gone: [bob.keyId, second.keyId], roles: [releases] },
    });
  });

  it('genuine notary believes a role with threshold 2 whose key is revoked and that two others have signed again', async () => {
    const here = await team('example.com/threshold', ['alice', 'bob', 'carol']);
    const { gun, owner, readers } = here;
    const [alice, bob, carol] = [signer(here, 'alice'), signer(here, 'bob'), signer(here, 'carol')];
    const people = [alice, bob, carol].map(({ certificate }) => certificate);
    await owner.tsnotary('delegation', 'add', gun, 'targets/two', ...people, '--all-paths');
    setThreshold(owner, gun, 2);
    await owner.tsnotary('publish', gun);
    expect((await owner.notary('delegation', 'list', gun)).stdout).toMatch(/^targets\/two .* 2$/m);
    await lendKey(alice, 'alice', bob.home);
    await signTag(bob.home, gun, 'v1', 'targets/two');
    await readers.warmUp();
    expect(await refusalOf(here, bob.keyId, '-r', 'targets/two')).toBe('TAGS_WOULD_VANISH');
    await lendKey(alice, 'alice', owner);
    await lendKey(carol, 'carol', owner);
    const alone = ['--sign-with', alice.keyId];
    expect(await refusalOf(here, bob.keyId, ...alone)).toBe('TAGS_WOULD_VANISH');
    await revoke(here, bob.keyId, ...alone, '--sign-with', carol.keyId);
    await readers.expect({
      tags: { v0: 'targets', v1: 'targets/two' },
      ...{ gone: [bob.keyId], roles: [releases, 'targets/two'] },
    });
  });

  it('genuine notary reads a revocation of an owner who holds the key of the snapshot', async () => {
    const here = await team('example.com/snapshot-here', ['alice', 'bob'], 'here');
    const { gun, owner, readers } = here;
    const [alice, bob] = [signer(here, 'alice'), signer(here, 'bob')];
    await lendKey(bob, 'bob', owner);
    await lendKey(alice, 'alice', owner);
    await signTag(owner, gun, 'v1', releases);
    await readers.warmUp();
    await revoke(here, bob.keyId);
    const tags = { v0: 'targets', v1: releases };
    await readers.expect({ tags, gone: [bob.keyId], roles: [releases] });
    await revoke(here, alice.keyId, '--keep-tags-in', 'targets');
    await readers.expect({
      tags: { v0: 'targets', v1: 'targets' },
      ...{ gone: [bob.keyId, alice.keyId], roles: [] },
    });
  });

  it('genuine notary believes a role in which a certificate takes the place of the only key', async () => {
    const here = await team('example.com/replaced', ['bob']);
    const { gun, owner, readers } = here;
    const bob = signer(here, 'bob');
    await signTag(bob.home, gun, 'v1', releases);
    const dave = await makeKey(stage.home(`dave of ${gun}`), 'dave', 'rsa');
    await readers.warmUp();
    const replace = ['--replace', dave.certificate];
    expect(await refusalOf(here, bob.keyId, ...replace)).toBe('TAGS_WOULD_VANISH');
    await lendKey(dave, 'dave', owner);
    await revoke(here, bob.keyId, ...replace, '--sign-with', dave.keyId);
    await readers.expect({
      tags: { v0: 'targets', v1: releases },
      ...{ gone: [bob.keyId], roles: [releases] },
    });
    await signTag(dave.home, gun, 'v2', releases);
    const { stdout } = await owner.tsnotary('delegation', 'list', gun);
    expect(stdout).toContain(dave.keyId);
  });

  it('genuine notary sees nothing changed when a collaborator without the key of targets tries to revoke', async () => {
    const here = await team('example.com/no-key', ['alice', 'bob']);
    const [alice, bob] = [signer(here, 'alice'), signer(here, 'bob')];
    await signTag(alice.home, here.gun, 'v1', releases);
    await here.readers.warmUp();
    const { status, stderr } = await alice.home.run('tsnotary', [
      ...['delegation', 'revoke', here.gun, bob.keyId, '-y', '--json'],
    ]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/"code":"(NO_KEYS|INSUFFICIENT_SIGNATURES)"/),
    ]);
    await here.readers.expect({
      tags: { v0: 'targets', v1: releases },
      ...{ gone: [], roles: [releases] },
    });
  });
});
