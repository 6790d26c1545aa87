/** Archives that were made to mislead, to write elsewhere, or to keep the reader busy. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from '../cli/batch/served.ts';
import { type Entry, entriesOf, tarOf } from '../support/tar-file.ts';

const gun = 'docker.io/acme/app';
let served: Served;
let sound: readonly (Entry & { readonly content: Buffer })[];
const at = (name: string) => join(served.home.folder, name);

beforeAll(async () => {
  served = await serve();
  writeFileSync(at('file'), 'content');
  await served.must(['init', gun, '-p']);
  await served.must(['add', gun, 'v0', at('file'), '-p']);
  await served.must(['key', 'rotate', gun, 'root', '-y']);
  await served.must(['archive', 'create', gun, '--history', '-o', at('sound.tar')]);
  sound = entriesOf(readFileSync(at('sound.tar')));
});
afterAll(() => served.stop());

interface Answer {
  readonly status: number;
  readonly codes: readonly string[];
  readonly words: string;
}

async function verify(bytes: Uint8Array): Promise<Answer> {
  writeFileSync(at('a.tar'), bytes);
  return verifyFile();
}

async function verifyFile(name = 'a.tar'): Promise<Answer> {
  const { status, stdout, stderr } = await served.home.run(['archive', 'verify', at(name), '--json']);
  const findings = stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as { findings: { code: string; message: string }[] }).findings);
  return {
    status,
    codes: findings.map(({ code }) => code),
    words: findings.map(({ message }) => message).join('\n') + stderr,
  };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, never>;
const text = (document: unknown) => Buffer.from(canonicalize(document) ?? '');

interface Named {
  digest: string;
  size: number;
}
interface RecordDocument {
  files: { role: string; version: number; digest: string; size: number; current?: boolean }[];
  gun: string;
  [member: string]: unknown;
}

const order = ({ role, version, digest }: RecordDocument['files'][0]) =>
  `${role}\n${String(version).padStart(9, '0')}\n${digest}`;

/** The sound archive with another record, and a manifest and an index that fit it: only signatures can tell. */
function withRecord(change: (record: RecordDocument) => void, more: readonly Buffer[] = []): Buffer {
  const blobs = new Map(
    sound.filter(({ name }) => name.startsWith('blobs/')).map((one) => [one.name.slice(13), one.content]),
  );
  const index = json(
    sound.find(({ name }) => name === 'index.json')?.content ?? Buffer.alloc(0),
  ) as unknown as {
    manifests: Named[];
  };
  const named = (index.manifests[0]?.digest ?? '').slice(7);
  const manifest = json(blobs.get(named) ?? Buffer.alloc(0)) as unknown as { config: Named; layers: Named[] };
  const old = manifest.config.digest.slice(7);
  const record = json(blobs.get(old) ?? Buffer.alloc(0)) as unknown as RecordDocument;
  blobs.delete(named);
  blobs.delete(old);
  change(record);
  record.files.sort((one, other) => (order(one) < order(other) ? -1 : 1));
  for (const blob of more) blobs.set(sha256(blob), blob);
  const put = (bytes: Buffer): Named => {
    blobs.set(sha256(bytes), bytes);
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  Object.assign(manifest.config, put(text(record)));
  const sizes = new Map(record.files.map(({ digest, size }) => [digest, size]));
  manifest.layers = [...sizes]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([digest, size]) => ({ digest, mediaType: 'application/vnd.tsnotary.metadata.v1+json', size }));
  Object.assign(index.manifests[0] ?? {}, put(text(manifest)));
  return tarOf([
    ...[...blobs]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([hex, content]) => ({ name: `blobs/sha256/${hex}`, content })),
    { name: 'index.json', content: text(index) },
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
  ]);
}

describe('a hostile container', () => {
  it('the sound one is the one that the tests start from', async () => {
    const { status, codes } = await verify(tarOf(sound));
    expect([status, codes]).toEqual([0, ['FIRST_USE']]);
    expect((await verify(withRecord(() => undefined))).status).toBe(0);
  });

  const blob = `blobs/sha256/${'0'.repeat(64)}`;
  const strange: readonly (readonly [string, Entry])[] = [
    ['a name that leads upwards', { name: '../../evil', content: 'x' }],
    ['an absolute name', { name: '/etc/passwd', content: 'x' }],
    ['a name in its prefix', { name: 'evil', prefix: '../..', content: 'x' }],
    ['a file beside the layout', { name: 'README', content: 'x' }],
    ['a blob below a blob', { name: `${blob}/x`, content: 'x' }],
    ['a symbolic link', { name: blob, type: '2', link: '/etc/passwd' }],
    ['a hard link', { name: blob, type: '1', link: 'index.json' }],
    ['a link that calls itself a file', { name: blob, link: '/etc/passwd' }],
    ['a device', { name: blob, type: '3' }],
    ['a FIFO', { name: blob, type: '6' }],
    ['a sparse file', { name: blob, type: 'S' }],
    ['an extended header', { name: 'pax', type: 'x', content: '20 path=../../evil\n' }],
    ['a long name of GNU', { name: '././@LongLink', type: 'L', content: '../../evil' }],
    ['a directory that has content', { name: 'blobs/', type: '5', content: 'x' }],
    ['a size that the file does not have', { name: blob, size: 0o77777777777 }],
    ['a size that is negative', { name: blob, size: '-0000000001' }],
    ['a size in base 256', { name: blob, size: '\x80\0\0\0\0\0\0\0\x01' }],
    ['content that has another hash', { name: blob, content: 'x' }],
  ];
  it.each(strange)('%s is refused', async (_, entry) => {
    const { status, codes } = await verify(tarOf([entry, ...sound]));
    expect([status, codes.includes('ARCHIVE_INVALID')]).toEqual([4, true]);
    expect(existsSync('/evil') || existsSync(at('../evil'))).toBe(false);
  });

  it('a file that stands there twice is refused, whichever of the two is right', async () => {
    for (const entry of sound) expect((await verify(tarOf([entry, ...sound]))).words).toContain('twice');
  });

  it('an archive that lacks a file is refused, or said to lack it', async () => {
    for (const left of sound) {
      const { status, codes } = await verify(tarOf(sound.filter((entry) => entry !== left)));
      expect([left.name, status, codes.includes('ARCHIVE_INVALID')]).toEqual([left.name, 4, true]);
    }
  });

  it('an archive that is cut anywhere is refused', async () => {
    const whole = tarOf(sound);
    for (let length = 0; length < whole.length; length += 256) {
      writeFileSync(at('a.tar'), whole);
      truncateSync(at('a.tar'), length);
      expect([length, (await verifyFile()).status]).toEqual([length, 4]);
    }
  });

  it('what follows after the end is refused', async () => {
    expect((await verify(Buffer.concat([tarOf(sound), Buffer.from('x')]))).status).toBe(4);
    expect((await verify(tarOf(sound, Buffer.alloc(1024 + 2 ** 21)))).status).toBe(4);
    expect((await verify(tarOf(sound, Buffer.alloc(10_240)))).status).toBe(0);
  });

  it('a compressed archive is named as such, and is not decompressed', async () => {
    const { status, words } = await verify(gzipSync(tarOf(sound)));
    expect([status, words]).toEqual([4, expect.stringContaining('gunzip')]);
  });

  it('an index of thousands of levels, and one that is no JSON, are refused', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const content of [
      deep,
      `{"manifests":${deep}}`,
      'null',
      '{',
      '{"manifests":[{}]}',
      '{"manifests":7}',
    ]) {
      const entries = sound.map((entry) => (entry.name === 'index.json' ? { ...entry, content } : entry));
      const { status, codes } = await verify(tarOf(entries));
      expect([content.slice(0, 20), status, codes]).toEqual([content.slice(0, 20), 4, ['ARCHIVE_INVALID']]);
    }
  });

  it('a pipe, a device and a directory are no archives', async () => {
    symlinkSync('/dev/zero', at('zero.tar'));
    expect((await verifyFile('zero.tar')).status).toBe(1);
    expect((await served.home.run(['archive', 'list', '/dev/null'])).status).toBe(1);
  });
});

describe('a hostile record', () => {
  const cases: readonly (readonly [string, (record: RecordDocument) => void])[] = [
    [
      'a role that has two current files',
      (record) => record.files.forEach((file) => Object.assign(file, { current: true })),
    ],
    [
      'a file that is listed twice',
      (record) =>
        (record.files = record.files.flatMap((file, index) => (index === 0 ? [file, file] : [file]))),
    ],
    [
      'a version that the file does not have',
      (record) => Object.assign(record.files[0] ?? {}, { version: 99 }),
    ],
    ['a size that the file does not have', (record) => Object.assign(record.files[0] ?? {}, { size: 7 })],
    ['a digest that is none', (record) => Object.assign(record.files[0] ?? {}, { digest: 'md5:00' })],
    ['a member that is not known', (record) => Object.assign(record, { trusted: true })],
    ['a format of the future', (record) => Object.assign(record, { formatVersion: 2 })],
    ['a GUN that leads upwards', (record) => Object.assign(record, { gun: '../../evil' })],
    ['the GUN of another repository', (record) => Object.assign(record, { gun: 'docker.io/acme/bank' })],
    ['no timestamp', (record) => (record.files = record.files.filter(({ role }) => role !== 'timestamp'))],
    ['no targets', (record) => (record.files = record.files.filter(({ role }) => role !== 'targets'))],
    ['no files at all', (record) => (record.files = [])],
    [
      'an older snapshot as the current one',
      (record) => {
        const snapshots = record.files.filter(({ role }) => role === 'snapshot');
        for (const file of snapshots) delete file.current;
        Object.assign(snapshots[0] ?? {}, { current: true });
      },
    ],
    [
      'an older root as the current one',
      (record) => {
        const roots = record.files.filter(({ role }) => role === 'root');
        for (const file of roots) delete file.current;
        Object.assign(roots[0] ?? {}, { current: true });
      },
    ],
  ];
  it.each(cases)('%s is noticed', async (name, change) => {
    const { status, codes } = await verify(withRecord(change));
    expect([name, status]).not.toEqual([name, 0]);
    expect(codes.length).toBeGreaterThan(0);
    const { status: listed } = await served.home.run(['list', gun, '--archive', at('a.tar')]);
    // Readers take what the timestamp names, and look at no other file.
    if (!/a size|a version|snapshot|root/.test(name)) expect([name, listed]).toEqual([name, 1]);
  });

  it('a state that the archive itself proves to be an old one is refused', async () => {
    const { status, codes } = await verify(
      withRecord((record) => {
        for (const role of ['timestamp', 'snapshot', 'root']) {
          const files = record.files.filter((file) => file.role === role);
          for (const file of files) delete file.current;
          Object.assign(files.at(-2) ?? {}, { current: true });
        }
      }),
    );
    expect([status, codes.includes('ARCHIVE_INVALID')]).toEqual([4, true]);
  });

  it('a second root of a version is refused', async () => {
    const forged = text({ signatures: [], signed: { _type: 'Root', version: 1 } });
    const { status, codes } = await verify(
      withRecord(
        (record) =>
          record.files.push({
            role: 'root',
            version: 1,
            digest: `sha256:${sha256(forged)}`,
            size: forged.length,
          }),
        [forged],
      ),
    );
    expect([status, codes.includes('ARCHIVE_INVALID') || codes.includes('MALFORMED_JSON')]).toEqual([
      4,
      true,
    ]);
  });

  it('history that was taken out is named', async () => {
    const { status, codes } = await verify(
      withRecord((record) => {
        record.files = record.files.filter(
          ({ role, current }) => current === true || ['root', 'timestamp'].includes(role),
        );
      }),
    );
    expect([status, codes]).toEqual([3, ['FIRST_USE', 'ARCHIVE_INCOMPLETE']]);
  });

  it('a manifest that is named over and over, and content that is listed so, are refused unread', async () => {
    const index = JSON.parse(sound.find(({ name }) => name === 'index.json')?.content.toString() ?? '') as {
      manifests: unknown[];
    };
    const repeated = { ...index, manifests: Array.from({ length: 1000 }, () => index.manifests[0]) };
    const entries = sound.map((entry) =>
      entry.name === 'index.json' ? { ...entry, content: text(repeated) } : entry,
    );
    expect((await verify(tarOf(entries))).words).toContain('twice');
    const large = text({ signatures: [], signed: { version: 1, pad: 'x'.repeat(2 ** 22) } });
    const again = (index: number) => ({
      ...{ role: `targets/r${index}`, version: 1 },
      ...{ digest: `sha256:${sha256(large)}`, size: large.length },
    });
    const { status, words } = await verify(
      withRecord(
        (record) => Array.from({ length: 100 }, (_, index) => record.files.push(again(index))),
        [large],
      ),
    );
    expect([status, words]).toEqual([4, expect.stringContaining('over and over')]);
  });

  it('a root that is missing on the way is named, and what verifies without it is status 3', async () => {
    const { status, codes } = await verify(
      withRecord((record) => {
        record.files = record.files.filter(({ role, version }) => role !== 'root' || version !== 1);
      }),
    );
    // The root itself, and that earlier snapshots name it.
    expect([status, codes]).toEqual([3, ['ARCHIVE_INCOMPLETE', 'FIRST_USE', 'ARCHIVE_INCOMPLETE']]);
  });

  it('an earlier version that no key of its role has signed is named', async () => {
    const forged = text({
      signatures: [],
      signed: {
        _type: 'Targets',
        delegations: { keys: {}, roles: [] },
        expires: '2030-01-01T00:00:00Z',
        targets: {},
        version: 1,
      },
    });
    const { status, codes } = await verify(
      withRecord(
        (record) =>
          record.files.push({
            role: 'targets',
            version: 1,
            digest: `sha256:${sha256(forged)}`,
            size: forged.length,
          }),
        [forged],
      ),
    );
    expect([status, codes]).toEqual([3, expect.arrayContaining(['VERSION_UNVERIFIED'])]);
  });
});
