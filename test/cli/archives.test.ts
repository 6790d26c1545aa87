/** What archives keep, what verifying them says, and that reading from one shows what the server showed. */

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchiveDraft } from '../../src/adapters/archive/archive-draft.ts';
import { unnoticed } from '../support/flipped-bytes.ts';
import { expectDocument } from '../support/printed-json.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const day = 24 * 60 * 60 * 1000;
const gun = 'docker.io/acme/app';
const other = 'docker.io/acme/other';
const releases = 'targets/releases';
let served: Served;
const at = (name: string) => join(served.home.folder, name);

/** Bob may sign `targets/releases`, and has; the root was rotated. */
beforeEach(async () => {
  served = await serve();
  await served.must(['sandbox', 'certificate', 'bob', '-o', served.home.folder]);
  await served.must(['key', 'import', at('bob.key'), '-r', 'delegation']);
  writeFileSync(at('file'), 'content');
  await served.must(['init', gun, '-p']);
  await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
  await served.must(['collaborator', 'add', 'robert', at('bob.crt')]);
  await served.must(['delegation', 'add', gun, releases, at('bob.crt'), '--all-paths', '-p']);
  await served.must(['add', gun, 'v0', at('file'), '-p']);
  await served.must(['key', 'rotate', gun, 'root', '-y']);
  await served.must(['add', gun, 'v1', at('file'), '-r', releases, '-p']);
  await served.must(['init', other, '-p']);
});
afterEach(() => served.stop());

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });
const create = (...words: readonly string[]) =>
  served.must(['archive', 'create', ...words, '-o', at('a.tar')]);
const bytes = (name: string) => readFileSync(at(name));

interface Verified {
  readonly gun?: string;
  readonly verified?: boolean;
  readonly asOf?: string;
  readonly vouchedUntil?: string;
  readonly earlier?: number;
  readonly roles?: readonly {
    readonly role: string;
    readonly targets: number;
    readonly signers: readonly { readonly collaborator?: string; readonly nameSource: string }[];
  }[];
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
  }[];
}

async function verify(...words: readonly string[]) {
  const { status, stdout } = await run(['archive', 'verify', at('a.tar'), ...words, '--json']);
  const documents = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => expectDocument(`${line}\n`, 'archive-verify') as Verified);
  return { status, documents, codes: documents.flatMap(({ findings }) => findings.map(({ code }) => code)) };
}

/** By what it is kept under, the start and the length of each file in a tar. */
function filesIn(tar: Buffer): ReadonlyMap<string, readonly [number, number]> {
  const found = new Map<string, readonly [number, number]>();
  for (let place = 0; tar[place] !== 0; ) {
    const name = tar
      .subarray(place, place + 100)
      .toString('latin1')
      .replaceAll('\0', '');
    const size = Number.parseInt(tar.subarray(place + 124, place + 135).toString('latin1'), 8);
    found.set(name, [place + 512, size]);
    place += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

describe('archive create', () => {
  it('the archive verifies, and says as of when and until when the server vouched for it', async () => {
    const words = await create(gun, other);
    expect(words).toContain('Wrote ');
    const { status, documents, codes } = await verify();
    expect([status, codes]).toEqual([0, ['FIRST_USE', 'FIRST_USE']]);
    expect(documents.map(({ gun: name, verified }) => [name, verified])).toEqual([
      [gun, true],
      [other, true],
    ]);
    const [app] = documents;
    const lifetime = Date.parse(app?.vouchedUntil ?? '') - Date.parse(app?.asOf ?? '');
    expect(lifetime).toBe(14 * day);
    expect(app?.roles).toMatchObject([
      { role: 'targets', targets: 1 },
      { role: releases, targets: 1, signers: [{ collaborator: 'robert', nameSource: 'archive' }] },
    ]);
  });

  it('the same state gives the same bytes, whatever time it is and in whatever order it is asked for', async () => {
    await create(gun, other, '--history');
    const first = bytes('a.tar');
    served.passTime(5000);
    await create(other, gun, '--history');
    expect(bytes('a.tar').equals(first)).toBe(true);
  });

  it('the archive holds the bytes of the server, and neither a private key nor the home', async () => {
    await create(gun, '--history');
    const tar = bytes('a.tar').toString('latin1');
    for (const secret of ['PRIVATE KEY', served.home.folder, 'passphrase', 'root\0'])
      expect(tar).not.toContain(secret);
    const metadata = at(`.notary/tuf/${gun}/metadata`);
    for (const role of ['root', 'targets', 'snapshot', 'timestamp'])
      expect(tar).toContain(readFileSync(join(metadata, `${role}.json`), 'latin1'));
  });

  it('--history keeps the earlier versions, which verify, too', async () => {
    await create(gun);
    const { documents: without } = await verify();
    await create(gun, '--history');
    const { status, documents, codes } = await verify();
    expect([status, codes]).toEqual([0, ['FIRST_USE']]);
    // The roots before the newest one are kept in any case.
    expect(without[0]?.earlier).toBe(2);
    expect(documents[0]?.earlier).toBeGreaterThan(8);
    const { stdout } = await run(['diff', gun, '@2', 'published', '--archive', at('a.tar')]);
    expect(stdout).toBe((await run(['diff', gun, '@2', 'published'])).stdout);
    expect(stdout).toContain('v0');
  });

  it('little more crosses the wire than the archive keeps', async () => {
    for (const words of [[gun], [gun, '--history']]) {
      const before = served.sent();
      await create(...words);
      const wire = served.sent() - before;
      const { stdout } = await run(['archive', 'list', at('a.tar'), '--json']);
      const { repositories } = JSON.parse(stdout) as {
        readonly repositories: readonly { readonly bytes: number }[];
      };
      expect(wire).toBeLessThan(1.5 * (repositories[0]?.bytes ?? 0));
    }
  });

  it('a repository that fails keeps none of the others out, and gives status 1', async () => {
    served.list([gun, 'docker.io/acme/none', other]);
    const words = ['archive', 'create', '--repos', at('list'), '-o', at('a.tar'), '--json'];
    const { status, stdout } = await run(words);
    const document = expectDocument(stdout, 'archive-create') as {
      readonly failed: readonly { readonly gun: string; readonly code: string }[];
    };
    expect([status, document.failed]).toMatchObject([
      1,
      [{ gun: 'docker.io/acme/none', code: 'REPOSITORY_NOT_EXIST' }],
    ]);
    expect((await verify()).documents.map(({ gun: name }) => name)).toEqual([gun, other]);
  });

  it('an archive that breaks off leaves no file, what was there before, and all that --continue needs', async () => {
    await create(gun);
    const before = bytes('a.tar');
    let answers = 6;
    served.misdeed = (name, connection) => {
      if (name !== gun || answers-- > 0) return 'honest';
      connection.destroy();
      return 'done';
    };
    const broken = await run(['archive', 'create', gun, '--history', '-o', at('a.tar')]);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('--continue');
    expect(bytes('a.tar').equals(before)).toBe(true);
    const anew = await run(['archive', 'create', gun, '--history', '-o', at('a.tar')]);
    expect([anew.status, anew.stderr]).toEqual([1, expect.stringContaining('code=ARCHIVE_UNFINISHED')]);
    served.misdeed = undefined;
    await create(gun, '--history', '--continue');
    const continued = bytes('a.tar');
    expect(readdirSync(served.home.folder).filter((name) => name.startsWith('a.tar'))).toEqual(['a.tar']);
    await create(gun, '--history');
    expect(bytes('a.tar').equals(continued)).toBe(true);
  });

  it('--continue fetches no file a second time that is named by its checksum', async () => {
    const answered: string[] = [];
    let answers = 24;
    served.misdeed = (name, connection) => {
      const request = served.requests.at(-1) ?? '';
      if (name !== '' && answers-- <= 0) {
        connection.destroy();
        return 'done';
      }
      if (/\.[0-9a-f]{64}\.json$/.test(request)) answered.push(request);
      return 'honest';
    };
    await run(['archive', 'create', gun, '--history', '-o', at('a.tar')]);
    served.misdeed = undefined;
    const start = served.requests.length;
    await create(gun, other, '--history', '--continue');
    const again = served.requests.slice(start).filter((request) => answered.includes(request));
    // Answers that were on the way when the connection broke off have not arrived.
    expect(answered.length).toBeGreaterThan(again.length);
    expect(again.length).toBeLessThan(8);
  });

  it('an archive is replaced by one that holds all of it, and no other file is', async () => {
    await create(gun, other, '--history');
    const before = bytes('a.tar');
    const refused = async (code: string, ...words: readonly string[]) => {
      const { status, stderr } = await run(['archive', 'create', ...words]);
      expect([words, status, stderr]).toEqual([words, 1, expect.stringContaining(`code=${code}`)]);
      expect(readdirSync(served.home.folder)).not.toContain('a.tar.lock');
    };
    await refused('ARCHIVE_INCOMPLETE', gun, '--history', '-o', at('a.tar'));
    expect(bytes('a.tar').equals(before)).toBe(true);
    await refused('ARCHIVE_INCOMPLETE', gun, other, '-o', at('a.tar'), '--continue');
    await refused(
      'ARCHIVE_INCOMPLETE',
      gun,
      other,
      'acme/none',
      '--history',
      '-o',
      at('a.tar'),
      '--continue',
    );
    expect(bytes('a.tar').equals(before)).toBe(true);
    served.list([gun]);
    await refused('FILE_UNWRITABLE', '--repos', at('list'), '-o', at('list'));
    expect(bytes('list').toString()).toBe(`${gun}\n`);
    await refused('INVALID_FLAG', gun, '-o', '-');
    await create(gun, other, '--history', '--continue');
    expect(bytes('a.tar').equals(before)).toBe(true);
  });

  it('a collection that is no longer the one that this machine trusts is not archived', async () => {
    await create(gun);
    const before = bytes('a.tar');
    await served.must(['-d', at('thief'), 'delete', gun, '--remote']);
    await served.must(['-d', at('thief'), 'init', gun, '-p']);
    const { status, stderr } = await run(['archive', 'create', gun, '-o', at('a.tar')]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=ROOT_ROTATION')]);
    expect(bytes('a.tar').equals(before)).toBe(true);
  });

  it('a draft that is damaged, held by another process or no directory neither misleads nor stays for ever', async () => {
    await create(gun);
    const [name = ''] = [...filesIn(bytes('a.tar')).keys()].filter((path) => path.startsWith('blobs/'));
    const folder = at('b.tar.unfinished');
    const creating = () => run(['archive', 'create', gun, '-o', at('b.tar'), '--continue']);
    mkdirSync(folder);
    writeFileSync(join(folder, name.slice(13)), '');
    const held = openArchiveDraft({ path: at('b.tar'), shown: 'b.tar' }, { resume: true });
    const waiting = await creating();
    expect([waiting.status, waiting.stdout]).toEqual([1, expect.stringContaining(`process ${process.pid}`)]);
    await held.leave();
    expect((await creating()).status).toBe(0);
    expect(bytes('b.tar').equals(bytes('a.tar'))).toBe(true);
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/.x.tmp'), 'x');
    symlinkSync(at('elsewhere'), folder);
    const { status, stderr } = await creating();
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=FILE_UNWRITABLE')]);
    expect(readdirSync(at('elsewhere'))).toEqual(['.x.tmp']);
  });

  it('what has expired is kept and named, and verifies with status 4', async () => {
    served.passTime(4 * 365 * day);
    const words = await create(gun);
    expect(words).toContain('expired');
    const { status, codes } = await verify();
    expect([status, codes.includes('EXPIRED')]).toEqual([4, true]);
  });

  it('no archive is written without -o, over a directory, or of nothing', async () => {
    expect((await run(['archive', 'create', gun])).status).toBe(1);
    expect((await run(['archive', 'create', '-o', at('a.tar')])).status).toBe(1);
    const over = await run(['archive', 'create', gun, '-o', served.home.folder]);
    expect([over.status, over.stderr]).toEqual([1, expect.stringContaining('code=FILE_UNWRITABLE')]);
    const none = await run(['archive', 'create', 'docker.io/acme/none', '-o', at('a.tar')]);
    expect([none.status, none.stdout]).toEqual([1, expect.stringContaining('does not have trust data')]);
    expect(readdirSync(served.home.folder).filter((name) => name.startsWith('a.tar'))).toEqual([]);
  });
});

describe('archive verify', () => {
  it('the anchor is a fingerprint, a root key ID, a certificate or a pin, of any root of the chain', async () => {
    const fingerprint = await served.must(['anchor', 'show', gun, '--format', 'fingerprint']);
    await served.must(['key', 'rotate', gun, 'root', '-y']);
    await create(gun, other);
    for (const format of ['fingerprint', 'pem', 'pin'])
      writeFileSync(at(format), await served.must(['anchor', 'show', gun, '--format', format]));
    for (const word of [fingerprint.trim(), at('fingerprint'), at('pem'), at('pin')]) {
      const { status, codes } = await verify(gun, '--root', word);
      expect([word, status, codes]).toEqual([word, 0, []]);
    }
    const wrong = await verify(other, '--root', fingerprint.trim());
    expect([wrong.status, wrong.codes]).toEqual([4, ['FINGERPRINT_DIFFERS']]);
    const unknown = await run(['archive', 'verify', at('a.tar'), '--root', 'nothing']);
    expect([unknown.status, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('code=FINGERPRINT_INVALID'),
    ]);
    const pinned = await verify(other, '--root', at('pin'));
    expect([pinned.status, pinned.codes]).toEqual([4, ['FINGERPRINT_DIFFERS']]);
    const empty = await run(['archive', 'verify', at('a.tar'), '--root', '']);
    expect([empty.status, empty.stderr]).toEqual([1, expect.stringContaining('code=FINGERPRINT_INVALID')]);
  });

  it('a pin counts for the GUN that it names, or for all with its prefix, and for no other', async () => {
    await create(gun);
    const right = (await served.must(['anchor', 'show', gun, '--format', 'fingerprint'])).trim();
    const wrong = '0'.repeat(64);
    const pins: readonly (readonly [string, string, number])[] = [
      [gun, right, 0],
      ['docker.io/acme/*', right, 0],
      ['docker.io/acme/*', wrong, 4],
      ['docker.io/acme/ap', right, 4],
      [other, right, 4],
    ];
    for (const [of, fingerprint, expected] of pins) {
      writeFileSync(at('pin'), JSON.stringify({ trust_pinning: { certs: { [of]: [fingerprint] } } }));
      expect([of, (await verify('--root', at('pin'))).status]).toEqual([of, expected]);
    }
    await create(gun, other);
    served.list([gun, other]);
    const listed = await served.must(['anchor', 'show', '--repos', at('list'), '--format', 'fingerprint']);
    writeFileSync(at('fingerprints'), listed);
    const { status, codes } = await verify('--root', at('fingerprints'));
    expect([status, codes]).toEqual([0, []]);
  });

  it('--at is the clock of the reader: the timestamp vouches for nothing after its end', async () => {
    await create(gun);
    const { documents } = await verify();
    const end = Date.parse(documents[0]?.vouchedUntil ?? '');
    const before = await verify('--at', new Date(end - 1000).toISOString());
    const after = await verify('--at', new Date(end + 1000).toISOString());
    expect([before.status, after.status, after.codes]).toEqual([0, 4, expect.arrayContaining(['EXPIRED'])]);
  });

  it('a role without keys cannot be believed: status 4', async () => {
    await served.must(['delegation', 'remove', gun, releases, ...(await keyOfBob()), '-p']);
    await create(gun);
    const { status, codes } = await verify();
    expect([status, codes.includes('ROLE_WITHOUT_KEYS')]).toEqual([4, true]);
  });

  it('what is no archive is status 4, what cannot be read is status 1', async () => {
    writeFileSync(at('a.tar'), 'no archive at all');
    const { status, codes } = await verify();
    expect([status, codes]).toEqual([4, ['ARCHIVE_INVALID']]);
    expect((await run(['archive', 'verify', at('none.tar')])).status).toBe(1);
    expect((await run(['archive', 'verify', served.home.folder])).status).toBe(1);
    expect((await run(['list', gun, '--archive', at('a.tar')])).status).toBe(1);
  });
});

async function keyOfBob(): Promise<readonly string[]> {
  const { stdout } = await run(['delegation', 'list', gun, '--json']);
  const { delegations } = JSON.parse(stdout) as {
    readonly delegations: readonly { readonly keyIds: readonly string[] }[];
  };
  return delegations[0]?.keyIds ?? [];
}

describe('reading from an archive', () => {
  const commands: readonly (readonly string[])[] = [
    ['list', gun],
    ['list', gun, '-r', releases],
    ['list', gun, '--json'],
    ['lookup', gun, 'v1'],
    ['lookup', gun, 'v1', '--json'],
    ['verify', gun, 'v0', '-q'],
    ['delegation', 'list', gun],
    ['delegation', 'list', gun, '--names'],
    ['diff', gun],
    ['diff', gun, '--json'],
    ['expiry', gun],
    ['expiry', gun, '--format', 'prometheus'],
    ['anchor', 'show', gun, '--format', 'fingerprint'],
    ['anchor', 'show', gun, '--format', 'pin'],
  ];

  it('every command shows what it showed with the server, when the server is gone and more was published', async () => {
    await served.must(['add', gun, 'staged', at('file')]);
    await create(gun);
    const settings = { env: passphrases, stdin: 'content' };
    const shown = [];
    for (const words of commands) shown.push(await served.home.run(words, settings));
    await served.must(['remove', gun, 'v0']);
    await served.must(['add', gun, 'v2', at('file'), '-p']);
    await served.must(['add', gun, 'staged', at('file')]);
    served.misdeed = (_, connection) => (connection.destroy(), 'done');
    for (const [index, words] of commands.entries()) {
      const archived = await served.home.run([...words, '--archive', at('a.tar')], settings);
      expect([words, archived.status]).toEqual([words, shown[index]?.status]);
      if (words[0] === 'expiry' || words[0] === 'diff') continue;
      expect([words, archived.stdout]).toEqual([words, shown[index]?.stdout]);
    }
  });

  it('nothing of an archive is remembered', async () => {
    await create(gun);
    const folder = at('empty');
    const { status } = await run(['-d', folder, 'list', gun, '--archive', at('a.tar')]);
    expect([status, existsSync(folder)]).toEqual([0, false]);
  });

  it('an older archive can be read, and one of another root than the trusted one is refused', async () => {
    await create(gun);
    await served.must(['key', 'rotate', gun, 'root', '-y']);
    expect((await run(['list', gun, '--archive', at('a.tar')])).status).toBe(0);
    await served.must(['delete', gun, '--remote']);
    await served.must(['init', gun, '-p']);
    const refused = await run(['list', gun, '--archive', at('a.tar')]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('code=ROOT_NOT_TRUSTED')]);
    expect((await run(['-d', at('empty'), 'list', gun, '--archive', at('a.tar')])).status).toBe(0);
  });

  it('a root key that was replaced since is named, and refused where no person looks on', async () => {
    await create(gun);
    await served.must(['key', 'rotate', gun, 'root', '-y']);
    const { status, stderr } = await run(['list', gun, '--archive', at('a.tar')]);
    expect([status, stderr]).toEqual([0, expect.stringContaining('code=ROOT_NOT_TRUSTED')]);
    expect((await run(['--strict', 'list', gun, '--archive', at('a.tar')])).status).toBe(1);
  });

  it('an empty name of an archive is no missing flag', async () => {
    for (const words of [
      ['list', gun],
      ['lookup', gun, 'v0'],
      ['verify', gun, 'v0'],
      ['inventory', gun],
      ['trust', 'resolve', 'localhost:1/x'],
      ['trust', 'inspect', 'localhost:1/x'],
    ]) {
      const { status, stderr, stdout } = await run([...words, '--archive', '']);
      expect([words, status]).toEqual([words, words[0] === 'trust' ? 125 : 1]);
      expect(stderr + stdout).toContain('must not be empty');
    }
  });

  it('what has ended by the time that was asked for is no matter of clocks and servers', async () => {
    await create(gun);
    const { status, stderr } = await run(['list', gun, '--archive', at('a.tar'), '--at', '2027-01-01']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('is never signed again')]);
    expect(stderr).not.toMatch(/check it|ask who/);
  });

  it('a repository that the archive does not hold does not exist there', async () => {
    await create(gun);
    const { status, stderr } = await run(['list', other, '--archive', at('a.tar')]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('code=REPOSITORY_NOT_EXIST')]);
    expect((await run(['archive', 'verify', at('a.tar'), other])).status).toBe(1);
  });

  it('archive list says what is there', async () => {
    await create(gun, other);
    const { stdout } = await run(['archive', 'list', at('a.tar'), '--json']);
    const { repositories } = expectDocument(stdout, 'archive-list') as {
      readonly repositories: readonly { readonly gun: string; readonly server: string }[];
    };
    expect(repositories.map(({ gun: name }) => name)).toEqual([gun, other]);
    expect(repositories[0]?.server).toMatch(/^http:\/\/localhost:\d+$/);
  });
});

describe('a damaged archive', () => {
  it('each byte that is changed is noticed', async () => {
    await create(other);
    const tar = bytes('a.tar');
    expect((await verify()).status).toBe(0);
    expect(filesIn(tar).size).toBeGreaterThan(5);
    expect(await unnoticed(at('a.tar'), tar)).toEqual([]);
  }, 300_000);
});
