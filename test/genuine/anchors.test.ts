/** A pin that `anchor pin` writes binds the genuine client, and rotations by the genuine client are followed. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

onEachServer('roots of trust', ['notary'], (open) => {
  const gun = 'docker.io/acme/anchored';
  let stage: Stage;
  let owner: Home;
  let fingerprint: string;
  const config = (home: Home) => join(home.folder, '.notary/config.json');
  const printed = async (home: Home) =>
    (await home.tsnotary('anchor', 'show', gun, '--format', 'fingerprint')).stdout.trim();
  beforeAll(async () => {
    stage = await open();
    owner = stage.home('owner');
    await owner.notary('init', gun, '-p');
    fingerprint = await printed(owner);
  });
  afterAll(() => stage.close());

  it('a fingerprint that anchor shows is the one that openssl shows, and anchor check takes both', async () => {
    const { stdout: pem } = await owner.tsnotary('anchor', 'show', gun, '--format', 'pem');
    owner.write('root.pem', pem);
    const { stdout } = await owner.openssl('x509', '-in', 'root.pem', '-noout', '-fingerprint', '-sha256');
    expect(stdout.replace(/^.*=/, '').replaceAll(':', '').trim().toLowerCase()).toBe(fingerprint);
    await owner.tsnotary('anchor', 'check', gun, fingerprint, stdout.trim());
    expect((await owner.run('tsnotary', ['anchor', 'check', gun, 'f'.repeat(64)])).status).toBe(4);
  });

  it('a pin that anchor pin writes makes notary take the right root, and refuse another one', async () => {
    const reader = stage.home('pinned');
    await reader.tsnotary('anchor', 'pin', gun, fingerprint);
    await reader.notary('list', gun);
    const [id = ''] = /[0-9a-f]{64}/.exec(readFileSync(config(reader), 'utf8')) ?? [];
    const fresh = stage.home('pinned-fresh');
    fresh.configure({ trust_pinning: { certs: { [gun]: [id] }, disable_tofu: true } });
    await fresh.notary('list', gun);
    const wrong = stage.home('pinned-wrong');
    wrong.configure({ trust_pinning: { certs: { [gun]: ['f'.repeat(64)] } } });
    const { status, stdout } = await wrong.run('notary', ['list', gun]);
    expect([status, stdout]).toEqual([1, expect.stringContaining('unable to match any certificates')]);
    const shown = await wrong.run('tsnotary', ['anchor', 'show', gun]);
    expect([shown.status, shown.stdout]).toEqual([4, expect.stringContaining('no client takes it')]);
  });

  it('a rotation by notary is followed by anchor refresh, seen in anchor show, and the pin is renewed', async () => {
    const reader = stage.home('reader');
    await reader.notary('list', gun);
    await reader.tsnotary('anchor', 'pin', gun, fingerprint);
    const terminal = owner.terminal('notary', ['key', 'rotate', gun, 'root']);
    await terminal.waitFor('(yes/no)');
    terminal.answer('yes');
    expect((await terminal.end()).status).toBe(0);
    // Notary caches the new root when it reads again.
    await owner.notary('list', gun);
    const next = await printed(owner);
    expect(next).not.toBe(fingerprint);
    expect((await reader.run('tsnotary', ['anchor', 'check', gun, fingerprint])).status).toBe(4);
    const { status, stdout } = await reader.run('tsnotary', ['anchor', 'refresh', gun]);
    expect([status, stdout]).toEqual([3, expect.stringContaining(next)]);
    await reader.notary('list', gun);
    const former = await reader.run('tsnotary', ['anchor', 'show', gun]);
    expect([former.status, former.stdout]).toEqual([3, expect.stringContaining('names version 1')]);
    expect(former.stdout).toContain(next);
    await reader.tsnotary('anchor', 'pin', gun, next);
    expect(await printed(reader)).toBe(next);
    await reader.notary('delete', gun);
    await reader.notary('list', gun);
  });

  it('notary works with the root that anchor refresh has taken in place of a damaged one', async () => {
    const reader = stage.home('damaged');
    await reader.notary('list', gun);
    const file = join(reader.trustDir, 'tuf', gun, 'metadata/root.json');
    const good = readFileSync(file);
    reader.write('junk', 'junk');
    await reader.run('sh', ['-c', `cp junk ${file}`]);
    expect((await reader.run('notary', ['list', gun])).status).toBe(1);
    const refused = await reader.run('tsnotary', ['anchor', 'refresh', gun, '-y']);
    expect([refused.status, readFileSync(file, 'utf8')]).toEqual([1, 'junk']);
    await reader.tsnotary('anchor', 'refresh', gun, await printed(owner));
    expect(readFileSync(file)).toEqual(good);
    await reader.notary('list', gun);
  });
});
