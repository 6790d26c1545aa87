/** What diff and the dry runs show, what they leave alone, and how they end. */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { wholeFolder } from '../support/whole-folder.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

let served: Served;
const gun = 'docker.io/acme/app';
const releases = 'targets/releases';

/** Bob and eve may sign `targets/releases`, where bob has signed v1; `targets` holds v0. */
beforeEach(async () => {
  served = await serve();
  const { home } = served;
  const must = (words: readonly string[]) => served.must(words);
  for (const name of ['bob', 'eve']) {
    await must(['key', 'generate', '--role', 'user', '--output', join(home.folder, name)]);
  }
  await must(['key', 'import', join(home.folder, 'bob-key.pem')]);
  await must(['init', gun, '-p']);
  await must(['key', 'rotate', gun, 'snapshot', '-r']);
  const certificates = ['bob', 'eve'].map((name) => join(home.folder, `${name}.pem`));
  await must(['delegation', 'add', gun, releases, ...certificates, '--all-paths', '-p']);
  writeFileSync(join(home.folder, 'file'), 'content');
  await must(['add', gun, 'v0', join(home.folder, 'file'), '-p']);
  await must(['add', gun, 'v1', join(home.folder, 'file'), '-r', releases, '-p']);
});
afterEach(() => served.stop());

const everything = () => wholeFolder(served.home.folder);

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  served.home.run(words, { env });
/** The ID of a collaborator's key, once its certificate is in the file of names. */
const keyOf = async (name: string): Promise<string> => {
  const path = join(served.home.folder, `${name}.pem`);
  await served.must(['collaborator', 'add', name, path]);
  const { parseDelegationKey } = await import('../../src/client/stage/delegation-key-file.ts');
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, notice: ignore, warn: ignore, error: ignore };
  return canonicalKeyId(
    parseDelegationKey(path, readFileSync(path), { clock: memoryClock(), log, caution: ignore }),
  );
};

describe('diff', () => {
  it('diff of a collection with nothing staged shows no difference and ends with 0', async () => {
    const { status, stdout } = await run(['diff', gun, '--exit-code']);
    expect([status, stdout]).toEqual([0, `${gun}   published (targets 4) → staged\nno differences\n`]);
  });

  it('diff shows targets and keys that come, go and change, and ends with 0', async () => {
    writeFileSync(join(served.home.folder, 'file'), 'other content');
    await served.must(['add', gun, 'v0', join(served.home.folder, 'file')]);
    await served.must(['remove', gun, 'v1', '-r', releases]);
    const { status, stdout } = await run(['diff', gun]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}~ v0 +sha256:[0-9a-f]{64} → [0-9a-f]{64} {3}targets$/m);
    expect(stdout).toMatch(/^ {2}- v1 +sha256:[0-9a-f]{64} {3}targets\/releases$/m);
    expect(stdout).toMatch(/\n1 removed, 1 changed\n$/);
  });

  it('diff tells programs with --exit-code that something differs, and that a publish would fail', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    expect((await run(['diff', gun, '--exit-code'])).status).toBe(3);
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32), '-r', 'targets/nowhere']);
    const failing = await run(['diff', gun, '--exit-code', '--json']);
    expect(failing.status).toBe(4);
    expect(expectDocument(failing.stdout, 'diff')).toMatchObject({
      findings: [{ code: 'NO_SUCH_ROLE', severity: 'error', change: 1, prevents: true }],
    });
    expect((await run(['publish', gun], passphrases)).status).toBe(1);
  });

  it('diff names a role that readers would not believe any more', async () => {
    const bob = await keyOf('bob');
    await served.must(['delegation', 'remove', gun, releases, bob]);
    const { stdout } = await run(['diff', gun, '--json']);
    const document = expectDocument(stdout, 'diff') as { readonly findings: readonly unknown[] };
    expect(document.findings).toMatchObject([
      { code: 'ROLE_NEEDS_WITNESS', severity: 'warning', role: releases },
      { code: 'TAGS_WOULD_VANISH', targets: ['v1'], role: releases },
    ]);
  });

  it('diff shows names of the file of collaborators', async () => {
    const bob = await keyOf('bob');
    await served.must(['delegation', 'remove', gun, releases, bob]);
    expect((await run(['diff', gun])).stdout).toContain(`- ${releases}   key ${bob}  bob\n`);
  });

  it('diff compares states that are named: published, staged, and an earlier version of targets', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const back = await run(['diff', gun, 'staged', 'published']);
    expect([back.status, back.stdout]).toEqual([
      0,
      expect.stringMatching(/staged → published \(targets 4\)\n {2}- v2 .*\n1 removed\n$/),
    ]);
    const same = await run(['diff', gun, 'published', 'published', '--exit-code']);
    expect([same.status, same.stdout]).toEqual([0, expect.stringContaining('no differences')]);
    const past = await run(['diff', gun, '@2', 'published', '--exit-code', '--json']);
    expect([past.status, expectDocument(past.stdout, 'diff')]).toMatchObject([
      3,
      { from: { state: '@2' }, to: { state: 'published', targetsVersion: 4 } },
    ]);
    expect((await run(['diff', gun, '@2'])).stdout).toMatch(/ @2 → staged\n/);
  });

  it.each([
    ['a version that is not there', ['@99'], 'METADATA_NOT_FOUND'],
    ['an earlier version without a server', ['@1', '--offline'], 'OFFLINE'],
    ['a state that is none', ['@2026-11-01'], 'USAGE'],
    ['a third state', ['published', 'staged', 'staged'], 'ARGUMENT_IGNORED'],
  ])('diff with %s fails and says which states there are', async (_, words, code) => {
    const { status, stderr } = await run(['diff', gun, ...words, '--json']);
    expect([status, JSON.parse(stderr.trim().split('\n').at(-1) ?? '')]).toMatchObject([
      1,
      { error: { code } },
    ]);
  });

  it('diff without a server fails, unless it may take what was seen last', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const server = ['-s', 'http://localhost:9'];
    expect((await run(['diff', gun, ...server])).status).toBe(1);
    const { status, stdout } = await run(['diff', gun, ...server, '--offline']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('as seen here last, vouched for until ')]);
    expect(stdout).toContain('1 added');
  });

  it('diff counts many targets of a role, and lists them with --full', async () => {
    for (let index = 0; index < 21; index++)
      await served.must(['addhash', gun, `t${index}`, '5', '--sha256', 'ab'.repeat(32)]);
    expect((await run(['diff', gun])).stdout).toContain(
      '+ targets   21 targets (--full lists them)\n21 added\n',
    );
    expect((await run(['diff', gun, '--full'])).stdout).toMatch(/^ {2}\+ t20 /m);
  });
});

describe('a look before it is done', () => {
  it.each([
    ['diff', ['diff', gun]],
    ['publish', ['publish', gun, '--dry-run']],
    ['key rotate', ['key', 'rotate', gun, 'targets', '--dry-run']],
    ['delegation remove', ['delegation', 'remove', gun, releases, '--dry-run']],
    ['delegation purge', ['delegation', 'purge', gun, '--key', 'f'.repeat(64), '--dry-run']],
    ['delegation revoke', ['delegation', 'revoke', gun, 'f'.repeat(64), '--dry-run']],
  ])('%s writes no file, asks for no passphrase and sends no upload', async (_, words) => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const before = everything();
    const asked = served.requests.length;
    const { status, stderr } = await run([...words, '--json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(everything()).toEqual(before);
    expect(served.requests.slice(asked).filter((request) => !request.startsWith('GET '))).toEqual([]);
  });

  it('a look at a collection that was never seen here leaves no directory behind', async () => {
    const before = everything();
    expect((await run(['diff', 'docker.io/acme/unknown'])).status).toBe(1);
    expect(everything()).toEqual(before);
  });

  it('a look at a removal shows that alone, whatever else is staged', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const { stdout } = await run(['delegation', 'remove', gun, releases, '--dry-run']);
    expect(stdout).toContain(`- ${releases}   role\n`);
    expect(stdout).not.toContain('v2');
  });

  it('a look at a removal that is to be published at once shows what else is staged and goes along', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const before = everything();
    const { stdout } = await run(['delegation', 'remove', gun, releases, '-p', '--dry-run']);
    expect(stdout).toContain(`- ${releases}   role\n`);
    expect(stdout).toMatch(/^ {2}\+ v2 /m);
    expect(everything()).toEqual(before);
  });

  it('a look sees keys in the layout of versions before 0.4, and leaves them there', async () => {
    await served.must(['addhash', gun, 'v2', '5', '--sha256', 'ab'.repeat(32)]);
    const folder = join(served.home.folder, '.notary/private');
    for (const name of readdirSync(folder)) {
      const pem = readFileSync(join(folder, name), 'utf8');
      const role = /^role: (.*)$/m.exec(pem)?.[1] ?? '';
      const old = join(folder, role === 'root' ? 'root_keys' : `tuf_keys/${gun}`);
      mkdirSync(old, { recursive: true });
      renameSync(join(folder, name), join(old, name.replace('.key', `_${role}.key`)));
    }
    const before = everything();
    const { status, stdout } = await run(['diff', gun, '--exit-code']);
    expect([status, stdout]).toEqual([3, expect.stringMatching(/\n1 added\n$/)]);
    expect(everything()).toEqual(before);
  });

  it('a look at a rotation says which key goes and that the root cannot be signed here', async () => {
    const keys = JSON.parse(await served.must(['key', 'list', '--json'])) as {
      readonly keys: readonly { readonly role: string; readonly keyId: string }[];
    };
    const root = keys.keys.find(({ role }) => role === 'root')?.keyId ?? '';
    await served.must(['key', 'export', '--key', root, '-o', join(served.home.folder, 'root.pem')]);
    await served.home.run(['key', 'remove', root, '-y'], { env: passphrases });
    const { status, stdout } = await run([
      'key',
      'rotate',
      gun,
      'targets',
      '--dry-run',
      '--exit-code',
      '--json',
    ]);
    expect(status).toBe(4);
    expect(expectDocument(stdout, 'diff')).toMatchObject({
      changes: [
        { op: 'remove', what: 'key', role: 'targets' },
        { op: 'add', what: 'key', role: 'targets', origin: 'made here' },
      ],
      findings: [{ code: 'INSUFFICIENT_SIGNATURES', role: 'root', prevents: true }],
    });
  });
});

describe('a publish that costs readers something', () => {
  it('publish says before it sends that a role goes out of trust, and how to do it right', async () => {
    const bob = await keyOf('bob');
    await served.must(['delegation', 'remove', gun, releases, bob]);
    const strict = await run(['publish', gun, '--strict'], passphrases);
    expect([strict.status, strict.stdout]).toEqual([1, expect.stringContaining('readers lose its 1 tag')]);
    expect((await run(['list', gun])).stdout).toContain('v1');
    const { status, stderr } = await run(['publish', gun], passphrases);
    expect(status).toBe(0);
    expect(stderr.match(/code=ROLE_NEEDS_WITNESS/g)).toHaveLength(1);
    expect(stderr).toContain(`tsnotary delegation revoke ${gun} ${bob}`);
  });

  it('list and lookup name a role that they leave out, and fail with --strict', async () => {
    const bob = await keyOf('bob');
    await served.must(['delegation', 'remove', gun, releases, bob, '-p']);
    const list = await run(['list', gun, '--json']);
    expect(expectDocument(list.stdout, 'list')).toMatchObject({ incomplete: [releases] });
    expect(list.stderr).toContain('"code":"ROLE_NEEDS_WITNESS"');
    const lookup = await run(['lookup', gun, 'v0', '--json']);
    expect(expectDocument(lookup.stdout, 'lookup')).toMatchObject({ incomplete: [releases] });
    for (const words of [
      ['list', gun],
      ['lookup', gun, 'v0'],
    ])
      expect((await run([...words, '--strict'])).status).toBe(1);
    const missing = await run(['lookup', gun, 'v1', '--json']);
    expect(JSON.parse(missing.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'NO_SUCH_TARGET', details: { incomplete: [releases] } },
    });
  });

  it('publish says how many tags come back with a key', async () => {
    const bob = await keyOf('bob');
    await served.must(['delegation', 'remove', gun, releases, bob, '-p']);
    await served.must(['delegation', 'add', gun, releases, join(served.home.folder, 'bob.pem')]);
    const { status, stderr } = await run(['publish', gun], passphrases);
    expect([status, stderr]).toEqual([0, expect.stringContaining('1 tag of targets/releases again')]);
    expect(stderr).toContain('code=TAGS_COME_BACK');
  });
});
