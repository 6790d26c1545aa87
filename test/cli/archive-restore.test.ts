/** `archive restore`: from an archive to an empty server, with what it shows, asks and refuses. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedFile } from '../../src/archive/repository-record.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { memoryClock, scriptedPrompter, seededRandom } from '../support/memory-ports.ts';
import { serveHttps } from '../support/memory-server-https.ts';
import { memoryOutput } from '../support/memory-system.ts';
import { authorityExtensions, issue } from '../support/openssl-certificates.ts';
import { expectDocument } from '../support/printed-json.ts';
import { rewrittenArchive } from '../support/rewritten-archive.ts';
import { entriesOf, tarOf } from '../support/tar-file.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const day = 24 * 60 * 60 * 1000;
const gun = 'docker.io/acme/app';
const other = 'docker.io/acme/other';
const releases = 'targets/releases';
let old: Served;
let next: Served;
const at = (name: string) => join(old.home.folder, name);

/** Bob has signed `targets/releases`, and the root was rotated; of the other collection there is only the beginning. */
beforeEach(async () => {
  [old, next] = [await serve(), await serve('next')];
  await old.must(['sandbox', 'certificate', 'bob', '-o', old.home.folder]);
  await old.must(['key', 'import', at('bob.key'), '-r', 'delegation']);
  writeFileSync(at('file'), 'content');
  await old.must(['init', gun, '-p']);
  await old.must(['key', 'rotate', gun, 'snapshot', '-r']);
  await old.must(['delegation', 'add', gun, releases, at('bob.crt'), '--all-paths', '-p']);
  await old.must(['key', 'rotate', gun, 'root', '-y']);
  await old.must(['add', gun, 'v0', at('file'), '-p']);
  await old.must(['add', gun, 'v1', at('file'), '-r', releases, '-p']);
  await old.must(['init', other, '-p']);
  await old.must(['archive', 'create', gun, other, '-o', at('a.tar')]);
});
afterEach(async () => {
  await old.stop();
  await next.stop();
});

const run = (words: readonly string[], setting = {}) =>
  old.home.run(['archive', 'restore', at('a.tar'), ...words], { env: passphrases, ...setting });
const toNext = () => ['--to', next.url];
const uploads = () => next.requests.filter((line) => line.startsWith('POST')).length;

interface Document {
  readonly gun: string;
  readonly state: string;
  readonly uploads: number;
  readonly rows: readonly { readonly role: string; readonly targets: number }[];
  readonly proof?: { readonly targets: number };
}

const documentsIn = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => expectDocument(`${line}\n`, 'archive-restore') as Document);

describe('archive restore', () => {
  it('every collection of the archive is on the new server then, and reads as on the old one', async () => {
    const before = await old.must(['list', gun]);
    const { status, stdout } = await run([...toNext(), '-y']);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`Restored with`) as string]);
    expect(stdout).toContain('as they are');
    expect(stdout).toMatch(
      /Proved by a reader with an empty cache, one who knows the old server and 1 reader with former root keys: docker\.io\/acme\/app has 2 targets in 2 roles on localhost:\d+/,
    );
    expect(await old.must(['list', gun, '-s', next.url])).toBe(before);
    rmSync(join(old.home.folder, '.notary/tuf'), { recursive: true });
    expect(await old.must(['list', gun, '-s', next.url])).toBe(before);
  });

  it('the caller is told in the end what is left to do, without the login of the URL', async () => {
    const { stdout } = await run([...toNext(), '-y']);
    expect(stdout).toContain(
      `Point clients to the new server: ${next.url} as remote_server.url of tsnotary and notary, and as DOCKER_CONTENT_TRUST_SERVER of docker.\nA machine that has read the new server refuses the old one from then on, as a rollback.\n`,
    );
    expect(stdout.match(/Point clients/g)).toHaveLength(1);
    const withLogin = next.url.replace('http://', 'http://alice:secret@');
    const again = await run(['--to', withLogin, '-y']);
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining(next.url) as string]);
    expect(again.stdout).not.toContain('secret');
    expect((await run([...toNext(), '--dry-run'])).stdout).not.toContain('Point clients');
  });

  it('a name that several roles list counts once', async () => {
    await old.must(['add', gun, 'v0', at('file'), '-r', releases, '-p']);
    await old.must(['archive', 'create', gun, other, '-o', at('a.tar')]);
    const { stdout } = await run([gun, ...toNext(), '-y']);
    expect(stdout).toMatch(/as they are .*: 2 targets/);
    expect(stdout).toContain('has 2 targets in 2 roles');
  });

  it('no line is broken within a word on a terminal of 80 columns', async () => {
    const columns = 80;
    await run([other, ...toNext(), '-y']);
    for (const words of [['--dry-run'], ['-y']]) {
      const stdout = { ...memoryOutput({ isTerminal: true }), columns };
      const { status } = await run([...toNext(), ...words], { stdout });
      expect([
        status,
        stdout
          .text()
          .split('\n')
          .filter((line) => line.length > columns),
      ]).toEqual([0, []]);
    }
  });

  it('one collection of several can be named, and the others are left alone', async () => {
    const { status } = await run([other, ...toNext(), '-y']);
    expect(status).toBe(0);
    expect((await old.home.run(['list', gun, '-s', next.url, '-d', at('empty')])).status).toBe(1);
  });

  it('a dry run shows the plan, asks for no passphrase, sends nothing, and writes nothing', async () => {
    const { status, stdout, stderr } = await run([gun, ...toNext(), '--dry-run', '-d', at('nowhere')], {
      env: {},
    });
    // The keys are not in that trust directory.
    expect([status, stderr + stdout]).toEqual([1, expect.stringContaining('root') as string]);
    const looked = await run([...toNext(), '--dry-run'], { env: {} });
    expect([looked.status, looked.stdout]).toEqual([0, expect.stringContaining('versions 2 to') as string]);
    expect(looked.stdout).toMatch(/uploads +\d+, \d+ of them only to raise versions/);
    expect(looked.stdout).not.toContain('Proved');
    expect(uploads()).toBe(0);
    expect(next.requests.filter((line) => line.includes('.key'))).toEqual([]);
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  it('JSON has a line for each collection, and the second run says that nothing was left', async () => {
    const first = documentsIn((await run([...toNext(), '-y', '--json'])).stdout);
    expect(
      first.map(({ gun: name, state, rows, proof }) => [name, state, rows.length, proof?.targets]),
    ).toEqual([
      [gun, 'restored', 2, 2],
      [other, 'restored', 1, 0],
    ]);
    const again = documentsIn((await run([...toNext(), '-y', '--json'])).stdout);
    expect(again.map(({ state, uploads: left }) => [state, left])).toEqual([
      ['unchanged', 0],
      ['unchanged', 0],
    ]);
    expect(documentsIn((await run([...toNext(), '--dry-run', '--json'])).stdout)[0]?.state).toBe('dry-run');
  });

  it('the plan is shown before the one question, and what follows is the result alone', async () => {
    const prompter = scriptedPrompter(['yes']);
    const { status, stdout } = await run(toNext(), { prompter });
    expect([status, prompter.asked.map(({ text }) => text)]).toEqual([0, ['Restore? (yes/no) ']]);
    expect(stdout.match(/as they are/g)).toHaveLength(2);
  });

  it('any other answer, no terminal, a program and --no-input send nothing, and name -y', async () => {
    const runs = [
      await run(toNext(), { prompter: scriptedPrompter(['no']) }),
      await run(toNext()),
      await run([...toNext(), '--json']),
      await run([...toNext(), '--no-input']),
    ];
    expect(runs.map(({ status }) => status)).toEqual([1, 1, 1, 1]);
    expect(runs[1]?.stderr).toContain('-y');
    expect(uploads()).toBe(0);
  });
});

describe('archive restore that is refused', () => {
  it('without --to it says what is missing', async () => {
    const { status, stdout } = await run(['-y']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('--to URL') as string]);
  });

  it('-s says nothing here, and is refused in place of --to', async () => {
    for (const words of [
      ['-s', next.url],
      ['--server', old.url, ...toNext()],
    ]) {
      const { status, stdout, stderr } = await run([...words, '-y']);
      expect([status, stdout + stderr]).toEqual([1, expect.stringContaining('--to') as string]);
    }
    const named = await run(['-s', old.url, ...toNext(), '-y']);
    expect(named.stderr).toContain('code=INVALID_FLAG');
    expect(next.requests).toEqual([]);
  });

  it('a certificate of another CA names --tlscacert, and leaves the configuration to the old server', async () => {
    const store = { store: memoryServerStore(), random: seededRandom(), gunPrefixes: [] };
    const tls = await serveHttps({ ...store, clock: memoryClock() }, await certificates());
    // The CA of the old server, as the configuration has it: the only one that is trusted.
    const { files } = await issue({
      name: 'CA of the old server',
      extensions: authorityExtensions,
      days: 30,
    });
    try {
      const ca = ['--tlscacert', files.certificate];
      const { status, stderr, stdout } = await run([gun, '--to', tls.url, '-y', ...ca]);
      expect([status, stderr + stdout]).toEqual([
        1,
        expect.stringContaining(
          'CA of the new server with --tlscacert, which counts for this command alone',
        ) as string,
      ]);
    } finally {
      await tls.stop();
    }
  });

  it('an archive that has expired names renew, and sends nothing', async () => {
    old.passTime(1100 * day);
    next.passTime(1100 * day);
    const { status, stderr } = await run([gun, ...toNext(), '-y']);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/tsnotary renew .* -r targets,targets\/releases/) as string,
    ]);
    expect(uploads()).toBe(0);
  });

  it('a collection that cannot be restored does not keep the others from it, and has its own line', async () => {
    await next.must(['init', other, '-p']);
    const { status, stdout } = await run([...toNext(), '-y', '--json']);
    const lines = stdout.trimEnd().split('\n');
    expect([status, lines.length]).toEqual([1, 2]);
    expectDocument(`${lines[0] ?? ''}\n`, 'archive-restore');
    expect(expectDocument(`${lines[1] ?? ''}\n`, 'repository-failure')).toMatchObject({
      gun: other,
      error: { code: 'REPOSITORY_EXISTS' },
    });
  });

  it('a fingerprint that is not that of the archived root is refused, and the right one is not', async () => {
    const wrong = await run([gun, ...toNext(), '-y', '--root', 'ab'.repeat(32)]);
    expect([wrong.status, uploads()]).toEqual([1, 0]);
    expect(wrong.stderr).toContain('code=ROOT_NOT_TRUSTED');
    const fingerprint = (await old.must(['anchor', 'show', gun, '--format', 'fingerprint'])).trim();
    expect((await run([gun, ...toNext(), '-y', '--root', fingerprint])).status).toBe(0);
  });

  it('the old server itself is left alone', async () => {
    const { status, stdout } = await run([gun, '--to', old.url, '-y']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('has trust data') as string]);
  });
});

describe('archive restore of an archive that does not verify', () => {
  /** The files of the record of `gun`, as a forger wants them; every checksum of the archive is right. */
  const forge = (change: (file: ArchivedFile) => ArchivedFile) => {
    const tar = rewrittenArchive(readFileSync(at('a.tar')), (record) =>
      record.gun === gun ? { ...record, files: record.files.map(change) } : record,
    );
    writeFileSync(at('a.tar'), tar);
  };
  /** The verification stops there, before the root is compared with anything. */
  const misnumbered = () =>
    forge((file) => (file.role === 'root' && !file.current ? { ...file, version: file.version + 7 } : file));
  /** Readers are not misled, since the snapshot names no such role. */
  const miscalled = () =>
    forge((file) =>
      file.role === 'root' && file.version === 1 ? { ...file, role: 'targets/ghost', current: true } : file,
    );

  it('an archive that holds newer files than the state that it calls current is refused', async () => {
    await old.must(['archive', 'create', gun, '--history', '-o', at('h.tar')]);
    const before = (role: string, version: number, newest: number) =>
      ['timestamp', 'snapshot', releases].includes(role) ? version === newest - 1 : version === newest;
    const tar = rewrittenArchive(readFileSync(at('h.tar')), (record) => {
      const newest = new Map(record.files.map(({ role }) => [role, 0]));
      for (const { role, version } of record.files)
        newest.set(role, Math.max(newest.get(role) ?? 0, version));
      const files = record.files.map((file) => ({
        ...file,
        current: before(file.role, file.version, newest.get(file.role) ?? 0),
      }));
      return { ...record, files };
    });
    writeFileSync(at('a.tar'), tar);
    const { status, stderr } = await run([gun, ...toNext(), '-y']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=ARCHIVE_INVALID') as string]);
    expect(next.requests).toEqual([]);
  });

  it.each([
    ['a version that a file does not say', misnumbered],
    ['a current file that the snapshot does not name', miscalled],
  ])('%s is refused before anything is sent, and a dry run says so, too', async (_what, tamper) => {
    tamper();
    expect((await old.home.run(['archive', 'verify', at('a.tar'), gun])).status).toBe(4);
    for (const how of ['-y', '--dry-run']) {
      const { status, stderr } = await run([gun, ...toNext(), how]);
      expect([status, stderr]).toEqual([1, expect.stringContaining('code=ARCHIVE_INVALID') as string]);
      expect(stderr).toContain('tsnotary archive verify');
    }
    expect(next.requests).toEqual([]);
  });

  it('the other collections of the archive are restored', async () => {
    miscalled();
    const { status, stdout } = await run([...toNext(), '-y', '--json']);
    expect([status, stdout.trimEnd().split('\n').length]).toEqual([1, 2]);
    expect(stdout).toContain('"state":"restored"');
  });

  it('a damaged blob that no collection needs is refused, too', async () => {
    const entries = entriesOf(readFileSync(at('a.tar')));
    const stray = { name: `blobs/sha256/${'0'.repeat(64)}`, content: 'stray' };
    writeFileSync(at('a.tar'), tarOf([stray, ...entries]));
    const { status, stderr } = await run([...toNext(), '-y']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=ARCHIVE_INVALID') as string]);
    expect(next.requests).toEqual([]);
  });

  it('a wrong fingerprint is refused although the verification stops before the root is looked at', async () => {
    misnumbered();
    const { status } = await run([gun, ...toNext(), '-y', '--root', 'ab'.repeat(32)]);
    expect([status, uploads()]).toEqual([1, 0]);
  });

  it('a pin for another collection alone is no match', async () => {
    const pin = await old.must(['anchor', 'show', other, '--format', 'pin']);
    writeFileSync(at('pin'), pin);
    const { status, stderr } = await run([gun, ...toNext(), '-y', '--root', at('pin')]);
    expect([status, uploads()]).toEqual([1, 0]);
    expect(stderr).toContain('code=ROOT_NOT_TRUSTED');
  });

  it('a role that readers do not believe is no obstacle, and stays behind', async () => {
    await old.must(['delegation', 'remove', gun, releases, ...(await bobs()), '-p']);
    await old.must(['archive', 'create', gun, other, '-o', at('a.tar')]);
    expect((await old.home.run(['archive', 'verify', at('a.tar')])).status).toBe(4);
    const { status, stdout } = await run([...toNext(), '-y']);
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining(`${releases} is signed by too few`) as string,
    ]);
  });

  const bobs = async () => {
    const listed = JSON.parse(await old.must(['delegation', 'list', gun, '--json'])) as {
      readonly delegations: readonly { readonly keyIds: readonly string[] }[];
    };
    return listed.delegations.flatMap(({ keyIds }) => keyIds);
  };
});
