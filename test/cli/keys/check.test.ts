/** `key check`: which keys open, with what, and which published roles expect them. */

import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { encryptedPem, plainPem } from '../../support/key-file-samples.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { expectDocument } from '../../support/printed-json.ts';
import { wholeFolder } from '../../support/whole-folder.ts';
import { passphrases, type Served, serve } from '../batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;
let ids: Record<string, string>;

interface Row {
  readonly keyId: string;
  readonly role: string;
  readonly opens: boolean;
  readonly source: string | null;
  readonly status: string;
  readonly collaborator?: string;
  readonly expectedBy: readonly { gun: string; role: string }[];
  readonly unfitFor: readonly { gun: string; role: string }[];
  readonly error?: { code: string; message: string; hint?: string };
}

/** An owner who has published, with the key of a delegation beside those of the owner. */
beforeEach(async () => {
  served = await serve();
  const must = (words: readonly string[]) => served.must(words);
  await must(['init', gun, '-p']);
  await must(['key', 'generate', '-r', 'user', '-o', 'bob']);
  await must(['key', 'import', 'bob-key.pem', '-r', 'user']);
  await must(['delegation', 'add', gun, 'targets/bob', 'bob.pem', '--all-paths', '-p']);
  await must(['list', gun]);
  const listed = JSON.parse(await must(['key', 'list', '--json'])) as { keys: readonly Row[] };
  ids = Object.fromEntries(listed.keys.map(({ role, keyId }) => [role, keyId]));
});
afterEach(() => served.stop());

/** Runs `key check`, which must write nothing: neither for a program nor for a person. */
async function check(words: readonly string[] = [], env: Readonly<Record<string, string>> = passphrases) {
  const before = wholeFolder(served.home.folder);
  const text = await served.home.run(['key', 'check', ...words], { env });
  const { status, stdout, stderr } = await served.home.run(['--json', 'key', 'check', ...words], { env });
  expect(wholeFolder(served.home.folder)).toEqual(before);
  expect(text.status).toBe(status);
  expect(text.stdout + text.stderr + stdout + stderr).not.toMatch(
    /(?:root|targets|snapshot|delegation)-passphrase/,
  );
  const { rows = [], expectedFrom } =
    stdout === ''
      ? {}
      : (expectDocument(stdout, 'key-check') as { rows: readonly Row[]; expectedFrom: string });
  return { status, rows: Object.fromEntries(rows.map((row) => [row.role, row])), expectedFrom, text, stderr };
}

const withoutSnapshot = { ...passphrases, NOTARY_SNAPSHOT_PASSPHRASE: '' };

describe('key check', () => {
  it('key check ends with 0, 3 or 4 by the worst key, and changes nothing', async () => {
    const good = await check();
    expect([good.status, good.expectedFrom]).toEqual([0, 'cache']);
    expect(good.rows['user']).toMatchObject({
      ...{ keyId: ids['user'], opens: true, source: 'NOTARY_DELEGATION_PASSPHRASE', status: 'expected' },
      ...{ expectedBy: [{ gun, role: 'targets/bob' }], unfitFor: [], collaborator: 'bob' },
    });
    await served.must(['key', 'generate', '-r', 'spare']);
    const spare = await check();
    expect([spare.status, spare.rows['spare']?.status, spare.rows['spare']?.expectedBy]).toEqual([
      3,
      'unexpected',
      [],
    ]);
    const locked = await check([], withoutSnapshot);
    expect([locked.status, locked.rows['snapshot']]).toEqual([
      4,
      expect.objectContaining({
        opens: false,
        source: null,
        status: 'locked',
        expectedBy: [{ gun, role: 'snapshot' }],
      }),
    ]);
    expect(locked.rows['snapshot']?.error?.hint).toContain('NOTARY_SNAPSHOT_PASSPHRASE (empty)');
    expect(locked.text.stderr).toContain(`The key ${ids['snapshot']} (snapshot) is here, and locked: `);
    expect(locked.text.stdout).toMatch(
      new RegExp(`^${ids['snapshot']} .* does not open +snapshot of ${gun}$`, 'm'),
    );
  });

  it('key check judges the keys that are named alone, by ID, prefix or name', async () => {
    for (const word of [ids['targets'] ?? '', (ids['targets'] ?? '').slice(0, 9)]) {
      const { status, rows } = await check([word], withoutSnapshot);
      expect([status, Object.keys(rows)]).toEqual([0, ['targets']]);
    }
    expect(Object.keys((await check(['bob'])).rows)).toEqual(['user']);
    const absent = await served.home.run(['key', 'check', 'f'.repeat(64)], { env: passphrases });
    expect([absent.status, absent.stdout]).toEqual([
      1,
      `\n* fatal: No key with ID ${'f'.repeat(64)} found\n`,
    ]);
    expect((await served.home.run(['key', 'check', 'nobody'])).stderr).toContain('code=USAGE');
  });

  it('key check names the sources that it used, and stops at the first', async () => {
    const id = ids['targets'] ?? '';
    const variable = `NOTARY_PASSPHRASE_${id.slice(0, 12).toUpperCase()}`;
    const right = await check([id], { [variable]: 'targets-passphrase' });
    expect(right.rows['targets']?.source).toBe(variable);
    const wrong = await check([id], { ...passphrases, [variable]: 'no' });
    expect([wrong.status, wrong.rows['targets']?.error?.hint]).toEqual([
      4,
      `The key ${id} (targets) is here, and locked: ${variable} does not open it. Set ${variable} to the passphrase of this key, or unset it to be asked at a terminal.`,
    ]);
  });

  it('key check asks at a terminal for what no source has, and not with --no-input', async () => {
    const run = (flags: readonly string[], answers: readonly string[]) => {
      const prompter = scriptedPrompter(answers);
      const setting = { env: withoutSnapshot, prompter, terminal: true };
      return served.home
        .run([...flags, 'key', 'check', ids['snapshot'] ?? ''], setting)
        .then((ended) => ({ ...ended, prompter }));
    };
    const asked = await run([], ['snapshot-passphrase']);
    expect([asked.status, asked.prompter.left, asked.stdout]).toEqual([
      0,
      [],
      expect.stringContaining('what was typed'),
    ]);
    const silent = await run(['--no-input'], ['snapshot-passphrase']);
    expect([silent.status, silent.prompter.asked]).toEqual([4, []]);
    expect(silent.stderr).toContain('code=INPUT_NEEDED');
  });

  it('key check names files that cannot be used, and opens a key that is not encrypted', async () => {
    const folder = join(served.home.folder, '.notary/private');
    const [plain, renamed] = [generateEcdsaKey(), generateEcdsaKey()];
    writeFileSync(join(folder, `${plain.keyId}.key`), plainPem(plain, { role: 'plain' }), {
      mode: 0o600,
    });
    writeFileSync(join(folder, `${'a'.repeat(64)}.key`), 'junk', { mode: 0o600 });
    writeFileSync(
      join(folder, `${'b'.repeat(64)}.key`),
      await encryptedPem(renamed, 'delegation-passphrase', { role: 'renamed' }),
      { mode: 0o600 },
    );
    symlinkSync('nowhere', join(folder, `${'c'.repeat(64)}.key`));
    mkdirSync(join(folder, 'below'));
    copyFileSync(join(folder, `${plain.keyId}.key`), join(folder, `below/${'d'.repeat(64)}.key`));
    const { status, stdout } = await served.home.run(['--json', 'key', 'check'], { env: passphrases });
    const { rows } = expectDocument(stdout, 'key-check') as { rows: readonly Row[] };
    const found = Object.fromEntries(rows.map((row) => [row.keyId, row]));
    expect(status).toBe(4);
    expect(found[plain.keyId]).toMatchObject({ opens: true, source: null, status: 'unexpected' });
    for (const letter of ['a', 'b', 'c', 'd'])
      expect([letter, found[letter.repeat(64)]?.opens, found[letter.repeat(64)]?.error?.code]).toEqual([
        letter,
        false,
        'KEY_NOT_FOUND',
      ]);
  });

  it('key check does not count a role that the file of the key is not for, nor what was never published', async () => {
    await served.must(['init', 'docker.io/acme/draft']);
    const { rows, status } = await check();
    // The owner's root key serves both; only one of them is published.
    expect([status, rows['root']?.expectedBy]).toEqual([3, [{ gun, role: 'root' }]]);
    const folder = join(served.home.folder, '.notary/private');
    const elsewhere = await served.home.run(['key', 'export', '--key', ids['targets'] ?? ''], {
      env: passphrases,
    });
    const pem = elsewhere.stdout
      .replace(`gun: ${gun}`, 'gun: docker.io/acme/other')
      .replace(/^path: .*\n/m, '');
    writeFileSync(join(folder, `${ids['targets']}.key`), pem, { mode: 0o600 });
    const moved = await served.home.run(['key', 'check', ids['targets'] ?? '', '--json'], {
      env: passphrases,
    });
    const {
      rows: [row],
    } = expectDocument(moved.stdout, 'key-check') as { rows: readonly Row[] };
    expect([moved.status, row?.opens, row?.expectedBy, row?.unfitFor]).toEqual([
      3,
      true,
      [],
      [{ gun, role: 'targets' }],
    ]);
  });

  it('key check --gun asks the server, which must answer, and leaves out the keys of other repositories', async () => {
    await served.must(['init', 'docker.io/acme/other', '-p']);
    const before = served.requests.length;
    await check();
    expect(served.requests.length).toBe(before);
    const { status, rows, expectedFrom } = await check(['--gun', gun]);
    expect([status, expectedFrom, rows['targets']?.keyId]).toEqual([0, 'server', ids['targets']]);
    expect(served.requests.length).toBeGreaterThan(before);
    served.list([gun, 'docker.io/acme/other']);
    expect((await check(['--repos', 'list'])).status).toBe(0);
    // Without a cache, and with one while the server is away.
    renameSync(join(served.home.folder, '.notary/tuf'), join(served.home.folder, 'tuf'));
    expect((await check()).status).toBe(3);
    expect((await check(['--gun', gun])).status).toBe(0);
    rmSync(join(served.home.folder, '.notary/tuf'), { recursive: true, force: true });
    renameSync(join(served.home.folder, 'tuf'), join(served.home.folder, '.notary/tuf'));
    const away = await served.home.run(['key', 'check', '--gun', gun, '-s', 'http://localhost:1'], {
      env: passphrases,
    });
    expect([away.status, away.stdout]).toEqual([1, expect.stringContaining('* fatal: ')]);
    const unknown = await served.home.run(['key', 'check', '--gun', 'docker.io/acme/none'], {
      env: passphrases,
    });
    expect([unknown.status, unknown.stdout]).toEqual([
      1,
      expect.stringContaining('does not have trust data for docker.io/acme/none'),
    ]);
  });

  it('key check makes nothing in a home without a trust directory, and passes over damaged metadata with a warning', async () => {
    const empty = join(served.home.folder, 'nothing');
    const none = await served.home.run(['-d', empty, 'key', 'check']);
    expect([none.status, none.stdout]).toEqual([0, 'No private key is here to check.\n']);
    // A mount that has failed must not look like keys that are all well.
    expect((await served.home.run(['-d', empty, 'key', 'check', '--gun', gun])).status).toBe(3);
    expect([...wholeFolder(served.home.folder).keys()].filter((path) => path.startsWith(empty))).toEqual([]);
    writeFileSync(join(served.home.folder, '.notary/tuf', gun, 'metadata/targets.json'), 'junk');
    const { status, rows, text } = await check();
    expect([status, rows['user']?.status, rows['root']?.status]).toEqual([3, 'unexpected', 'expected']);
    expect(text.stderr).toContain('code=METADATA_UNREADABLE');
  });

  it.each([[['--gun', '']], [['--repos', '']], [['']]])(
    'an empty word of a script stands for nothing: %j',
    async (words) => {
      const { status, stderr, stdout } = await served.home.run(['--json', 'key', 'check', ...words], {
        env: passphrases,
      });
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining('USAGE')]);
    },
  );
});
