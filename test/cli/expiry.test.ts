/** What expiry lists in each format, what renew does, and reading as of another time. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ICAL from 'ical.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { wholeFolder } from '../support/whole-folder.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const day = 24 * 60 * 60 * 1000;
const gun = 'docker.io/acme/app';
const releases = 'targets/releases';
let served: Served;

interface Row {
  readonly role: string;
  readonly what: string;
  readonly status: string;
  readonly heldBy: string;
  readonly here: boolean;
  readonly keys: readonly { readonly keyId: string }[];
}
interface Finding {
  readonly code: string;
  readonly role?: string;
  readonly hint?: { readonly command: readonly string[] };
}

/** Bob may sign `targets/releases`; everything but the root lives for a hundred days. */
beforeEach(async () => {
  served = await serve();
  const at = (name: string) => join(served.home.folder, name);
  await served.must(['sandbox', 'certificate', 'bob', '-o', served.home.folder]);
  await served.must(['key', 'import', at('bob.key'), '-r', 'delegation']);
  writeFileSync(at('file'), 'content');
  const config = at('.notary/config.json');
  const settings = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
  const expiry = { targets: '100d', snapshot: '100d', delegations: '50d' };
  writeFileSync(config, JSON.stringify({ ...settings, expiry }));
  await served.must(['init', gun, '-p']);
  await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
  await served.must(['collaborator', 'add', 'bob', at('bob.crt')]);
  await served.must(['delegation', 'add', gun, releases, at('bob.crt'), '--all-paths', '-p']);
  await served.must(['add', gun, 'v0', at('file'), '-p']);
  await served.must(['add', gun, 'v1', at('file'), '-r', releases, '-p']);
});
afterEach(() => served.stop());

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });

async function rowsOf(words: readonly string[] = []) {
  const { status, stdout } = await run(['expiry', gun, '--json', ...words]);
  const { rows, findings } = expectDocument(stdout, 'expiry') as {
    readonly rows: readonly Row[];
    readonly findings: readonly Finding[];
  };
  const shown = rows.map(({ role, what, status: state }) => `${role} ${what} ${state}`);
  return { status, rows, findings, shown };
}

describe('expiry', () => {
  it('each role, and each certificate in root and delegations, has a row with who can renew it', async () => {
    const { rows, shown, status } = await rowsOf(['--warn', '1d', '--critical', '1d']);
    expect([status, shown]).toEqual([
      0,
      [
        'root metadata ok',
        'root certificate ok',
        'targets metadata ok',
        'snapshot metadata ok',
        'timestamp metadata ok',
        `${releases} metadata ok`,
        `${releases} certificate ok`,
      ],
    ]);
    expect(rows.map(({ heldBy, here }) => [heldBy.length === 64 ? 'an ID' : heldBy, here])).toEqual([
      ['an ID', true],
      ['an ID', true],
      ['an ID', true],
      ['server', false],
      ['server', false],
      ['bob', true],
      ['bob', true],
    ]);
  });

  it.each([
    ['what ends within the time to warn gives 3', ['--critical', '1d'], 3],
    ['what ends within the critical time gives 4', ['--critical', '70d'], 4],
    ['what has ended by the time that is looked at gives 4', ['--at', '+51d'], 4],
    ['nothing to renew gives 0', ['--warn', '10d', '--critical', '1d'], 0],
  ])('%s', async (_name, words, status) => {
    expect((await rowsOf(words)).status).toBe(status);
  });

  it('a finding names the command that renews the role', async () => {
    const { findings } = await rowsOf();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      code: 'EXPIRES_SOON',
      role: releases,
      hint: { command: ['tsnotary', 'renew', gun, '-r', releases] },
    });
  });

  it('what has expired is listed, although no reader takes it any more', async () => {
    served.passTime(101 * day);
    expect(await run(['list', gun])).toMatchObject({ status: 1 });
    const { status, shown } = await rowsOf();
    expect(status).toBe(4);
    expect(shown).toContain('targets metadata expired');
    expect(shown).toContain(`${releases} metadata expired`);
    expect(shown).toContain('snapshot metadata ok');
  });

  it('a server that does not answer is status 1, whatever this machine has seen before', async () => {
    await rowsOf();
    served.misdeed = (_gun, connection) => {
      connection.destroy();
      return 'done';
    };
    expect((await run(['expiry', gun])).status).toBe(1);
    const { status, stdout } = await run(['expiry', gun, '--format', 'prometheus']);
    expect([status, stdout]).toEqual([1, expect.stringContaining(`notary_probe_success{gun="${gun}"} 0\n`)]);
    expect(stdout).not.toContain('expiry_timestamp');
    const plugin = await run(['expiry', gun, '--format', 'nagios']);
    expect([plugin.status, plugin.stdout.slice(0, 16)]).toEqual([3, 'NOTARY UNKNOWN -']);
  });

  it('looking changes nothing on disk', async () => {
    const before = wholeFolder(served.home.folder);
    await rowsOf(['--at', '+300d']);
    expect(wholeFolder(served.home.folder)).toEqual(before);
  });
});

describe('the formats of expiry', () => {
  it('prometheus gets one document of all repositories, with the one that failed', async () => {
    served.list([gun, 'docker.io/acme/none']);
    const file = join(served.home.folder, 'notary.prom');
    const { status, stdout } = await run([
      'expiry',
      '--repos',
      join(served.home.folder, 'list'),
      '--textfile',
      file,
    ]);
    expect([status, stdout]).toEqual([1, '']);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(4);
    expect(lines).toContain(`notary_probe_success{gun="${gun}"} 1`);
    expect(lines).toContain('notary_probe_success{gun="docker.io/acme/none"} 0');
    expect(lines.filter((line) => line.includes('role="targets/releases"'))).toEqual([
      expect.stringMatching(/^notary_metadata_expiry_timestamp_seconds\{.*held_by="bob"\} \d+(\.\d+)?$/),
      expect.stringMatching(
        /^notary_certificate_expiry_timestamp_seconds\{.*key="[0-9a-f]{64}",collaborator="bob"\} \d+$/,
      ),
    ]);
  });

  it('a textfile that cannot be written is a failure, and nothing stands beside it', async () => {
    const { status } = await run(['expiry', gun, '--textfile', join(served.home.folder, 'none/notary.prom')]);
    expect([status, existsSync(join(served.home.folder, 'none'))]).toEqual([1, false]);
  });

  it.each([
    ['OK', ['--warn', '1d', '--critical', '1d'], 0],
    ['WARNING', ['--critical', '1d'], 1],
    ['CRITICAL', ['--critical', '70d'], 2],
  ])('a monitoring plug-in says %s in its first line', async (word, words, status) => {
    const plugin = await run(['expiry', gun, '--format', 'nagios', ...words]);
    expect(plugin.status).toBe(status);
    expect(plugin.stdout.split('\n')[0]).toMatch(
      new RegExp(`^NOTARY ${word} - [^|]+ \\| '${gun}'=\\d+s;\\d+:;\\d+:$`),
    );
  });

  it('critical comes before unknown', async () => {
    served.list([gun, 'docker.io/acme/none']);
    const list = join(served.home.folder, 'list');
    const both = await run(['expiry', '--repos', list, '--format', 'nagios', '--critical', '70d']);
    expect(both.status).toBe(2);
    expect(
      (await run(['expiry', '--repos', list, '--format', 'nagios', '--warn', '1d', '--critical', '1d']))
        .status,
    ).toBe(3);
  });

  it('a calendar has an event for each end that a holder of a key has to prevent', async () => {
    const { stdout } = await run(['expiry', gun, '--format', 'ics']);
    const calendar = new ICAL.Component(ICAL.parse(stdout) as string);
    const events = calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
    expect(events.map(({ summary }) => summary)).toEqual([
      `root of ${gun} expires`,
      `certificate in root of ${gun} expires`,
      `targets of ${gun} expires`,
      `${releases} of ${gun} expires`,
      `certificate in ${releases} of ${gun} expires`,
    ]);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(5);
    expect(events[3]?.startDate.toJSDate().getTime()).toBeGreaterThan(
      served.home.clock.now().getTime() + 49 * day,
    );
    expect(stdout.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
  });

  it('--format json is --json', async () => {
    const [one, other] = [
      await run(['expiry', gun, '--format', 'json']),
      await run(['expiry', gun, '--format=json']),
    ];
    expectDocument(one.stdout, 'expiry');
    expectDocument(other.stdout, 'expiry');
  });

  it.each([[['--format', 'xml']], [['--warn', '3 weeks']], [['--at', '2026-02-30']], [['--at', 'tomorrow']]])(
    '%j is refused',
    async (words) => {
      const { status, stdout } = await run(['expiry', gun, ...words]);
      expect([status, stdout]).toEqual([1, expect.stringContaining('invalid value') as string]);
    },
  );
});

describe('renew', () => {
  it('what is due is listed, asked for once, and signed', async () => {
    served.passTime(20 * day);
    const prompter = scriptedPrompter(['yes'], true);
    const { status, stdout } = await served.home.run(['renew', gun], { env: passphrases, prompter });
    expect(status).toBe(0);
    expect(stdout).toContain(`Renewed targets of ${gun}: version `);
    expect(stdout).toContain(`Renewed ${releases} of ${gun}: version `);
    expect((await rowsOf(['--warn', '49d', '--critical', '1d'])).status).toBe(0);
  });

  it('without a terminal nothing is signed unless -y is given', async () => {
    served.passTime(20 * day);
    const before = served.requests.filter((line) => line.startsWith('POST')).length;
    expect(await run(['renew', gun])).toMatchObject({ status: 1 });
    expect(served.requests.filter((line) => line.startsWith('POST'))).toHaveLength(before);
    const { status, stdout } = await run(['renew', gun, '-y', '--json']);
    const { renewed } = expectDocument(stdout, 'renew') as {
      readonly renewed: readonly { readonly role: string }[];
    };
    expect([status, renewed.map(({ role }) => role)]).toEqual([0, ['targets', releases]]);
  });

  it('nothing due is a success without a question', async () => {
    const { status, stdout } = await run(['renew', gun, '-r', 'targets']);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`Nothing of ${gun} is due`)]);
  });

  it('a look signs and writes nothing, and ends with 3 when it was asked to', async () => {
    served.passTime(20 * day);
    const before = wholeFolder(served.home.folder);
    expect((await run(['renew', gun, '--dry-run'])).status).toBe(0);
    expect((await run(['renew', gun, '--dry-run', '--exit-code'])).status).toBe(3);
    expect(wholeFolder(served.home.folder)).toEqual(before);
  });

  it('a role whose key is not here is named with its holder, and ends with 3 when the rest is renewed', async () => {
    const { rows } = await rowsOf();
    const [key] = rows.find(({ role }) => role === releases)?.keys ?? [];
    rmSync(join(served.home.folder, `.notary/private/${key?.keyId}.key`));
    served.passTime(20 * day);
    const { status, stdout } = await run(['renew', gun, '-y']);
    expect(status).toBe(3);
    expect(stdout).toContain(`Renewed targets of ${gun}`);
    expect(stdout).toMatch(/^targets\/releases .* bob +no$/m);
  });

  it('a key that is here and does not open is a failure of this machine, while the rest is renewed', async () => {
    served.passTime(20 * day);
    const env = { ...passphrases, NOTARY_DELEGATION_PASSPHRASE: 'another passphrase' };
    const { status, stdout } = await served.home.run(['renew', gun, '-y'], { env });
    expect(status).toBe(1);
    expect(stdout).toContain(`Renewed targets of ${gun}`);
    expect(stdout).toMatch(
      /^targets\/releases cannot be signed here: its key is here and cannot be used: .*NOTARY_DELEGATION_PASSPHRASE does not open it/m,
    );
  });

  it('the lifetime can be chosen', async () => {
    await served.must(['renew', gun, '-r', 'targets', '--all-roles', '--for', '1000d', '-y']);
    expect((await rowsOf(['--at', '+990d'])).shown).toContain('targets metadata critical');
    await served.must(['renew', gun, '-r', 'targets', '--all-roles', '--until', '2030-01-01', '-y']);
    const { stdout } = await run(['expiry', gun]);
    expect(stdout).toMatch(/^targets +metadata +2030-01-01 00:00/m);
  });

  it.each([
    [['--until', '2020-01-01'], 'it has passed'],
    [['--for', '0d'], 'it must be longer'],
    [['--for', '1y', '--until', '2030-01-01'], 'contradict'],
    [['--for', '9999y'], 'before the year 10000'],
  ])('%j is refused before anything is asked of the server', async (words, reason) => {
    const before = served.requests.length;
    const { status, stdout } = await run(['renew', gun, '-y', ...words]);
    expect([status, stdout]).toEqual([1, expect.stringContaining(reason) as string]);
    expect(served.requests).toHaveLength(before);
  });
});

describe('lifetimes elsewhere', () => {
  it('publish and witness sign for as long as they are told', async () => {
    await served.must(['witness', gun, releases, '--until', '2031-05-05']);
    await served.must(['witness', gun, 'targets']);
    await served.must(['publish', gun, '--for', '200d']);
    const { stdout } = await run(['expiry', gun]);
    expect(stdout).toMatch(/^targets\/releases +metadata +2031-05-05/m);
    expect((await rowsOf(['--at', '+190d'])).shown).toContain('targets metadata critical');
  });

  it('a setting that cannot be used is an error that names it', async () => {
    const config = join(served.home.folder, '.notary/config.json');
    const settings = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
    for (const expiry of [
      { target: '1y' },
      { targets: '1 year' },
      { targets: 5 },
      { targets: '0d' },
      { targets: '999999999y' },
      'never',
    ]) {
      writeFileSync(config, JSON.stringify({ ...settings, expiry }));
      const { status, stdout } = await run(['publish', gun]);
      expect([status, stdout]).toEqual([1, expect.stringContaining('the setting "expiry') as string]);
    }
  });
});

describe('reading as of another time', () => {
  it.each([
    ['list', ['list', gun]],
    ['lookup', ['lookup', gun, 'v0']],
    ['delegation list', ['delegation', 'list', gun]],
  ])(
    '%s succeeds as of a time when everything is good, and fails as of one when it has ended',
    async (_name, words) => {
      const before = wholeFolder(served.home.folder);
      expect((await run([...words, '--at', '+40d'])).status).toBe(0);
      const late = await run([...words, '--at', '+101d']);
      expect([late.status, late.stdout]).toEqual([1, expect.stringMatching(/targets expired at/) as string]);
      expect(wholeFolder(served.home.folder)).toEqual(before);
    },
  );

  it('a snapshot that only its owner can sign counts with the time', async () => {
    await served.must(['key', 'rotate', gun, 'snapshot']);
    await served.must(['renew', gun, '-r', 'targets', '--all-roles', '--for', '900d', '-y']);
    const late = await run(['list', gun, '--at', '+901d']);
    expect([late.status, late.stdout]).toEqual([1, expect.stringMatching(/snapshot expired at/) as string]);
  });

  it("an owner's snapshot counts with the time on a machine without its key, too", async () => {
    await served.must(['key', 'rotate', gun, 'snapshot']);
    await served.must(['renew', gun, '-r', 'targets', '--all-roles', '--for', '900d', '-y']);
    const elsewhere = ['-d', join(served.home.folder, 'elsewhere')];
    expect((await run(['list', gun, '--at', '+101d', ...elsewhere])).status).toBe(0);
    const late = await run(['list', gun, '--at', '+901d', ...elsewhere]);
    expect([late.status, late.stdout]).toEqual([
      1,
      expect.stringMatching(/(snapshot|targets) expired at/) as string,
    ]);
    await served.must(['publish', gun, '--for', '10d']);
    const soon = await run(['list', gun, '--at', '+11d', ...elsewhere]);
    expect([soon.status, soon.stdout]).toEqual([1, expect.stringMatching(/snapshot expired at/) as string]);
  });

  it('a server that serves a timestamp which has expired by now is not believed for later', async () => {
    served.passTime(10 * day);
    await run(['list', gun]);
    served.home.clock.advance(20 * day);
    const { status } = await run(['list', gun, '--at', '+1d']);
    expect(status).toBe(1);
  });
});
