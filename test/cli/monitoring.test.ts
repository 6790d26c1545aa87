/** What a monitor is told that has no keys, and what it is told when it is called wrongly. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryOutput } from '../support/memory-system.ts';
import { expectDocument } from '../support/printed-json.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;

/** The owner has the snapshot key, and the snapshot ends after five days. */
beforeEach(async () => {
  served = await serve();
  await served.must(['init', gun, '-p']);
  await served.must(['renew', gun, '-r', 'snapshot', '--all-roles', '--for', '5d', '-y']);
});
afterEach(() => served.stop());

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });
const elsewhere = () => ['-d', join(served.home.folder, 'monitor')];

describe('a machine without keys', () => {
  it('a snapshot of an owner that ends soon is critical, wherever its key is', async () => {
    const { status, stdout } = await run(['expiry', gun, '--json', ...elsewhere()]);
    const { rows, findings } = expectDocument(stdout, 'expiry') as {
      readonly rows: readonly { readonly role: string }[];
      readonly findings: readonly { readonly code: string }[];
    };
    expect(rows.find(({ role }) => role === 'snapshot')).toMatchObject({
      status: 'critical',
      heldBy: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      here: false,
    });
    expect([status, findings]).toMatchObject([4, [{ code: 'EXPIRES_SOON', role: 'snapshot' }]]);
  });

  it('a monitoring plug-in calls it critical, and the alert rules count it', async () => {
    const plugin = await run(['expiry', gun, '--format', 'nagios', ...elsewhere()]);
    expect([plugin.status, plugin.stdout]).toEqual([
      2,
      expect.stringMatching(/^NOTARY CRITICAL - .*snapshot/),
    ]);
    const { stdout } = await run(['expiry', gun, '--format', 'prometheus', ...elsewhere()]);
    expect(stdout).toMatch(/role="snapshot",held_by="[0-9a-f]{64}"\}/);
  });

  it('the owner, who has no snapshot key any more, knows that the server has it', async () => {
    await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
    const { stdout } = await run(['expiry', gun, '--at', '+1094d', '--json']);
    const { rows } = expectDocument(stdout, 'expiry') as {
      readonly rows: readonly { readonly role: string }[];
    };
    expect(rows.find(({ role }) => role === 'snapshot')).toMatchObject({ status: 'ok', heldBy: 'server' });
  });

  it('renew does not say that nothing expires before the snapshot does', async () => {
    const { stdout } = await run(['renew', gun, '--dry-run', ...elsewhere()]);
    expect(stdout).toContain('snapshot');
  });
});

describe('a monitor that is called wrongly', () => {
  it.each([
    ['a list that is not there', ['--repos', '/nowhere/list']],
    ['a time that is none', [gun, '--warn', '60']],
    ['no repository', []],
  ])('the plug-in answers UNKNOWN to %s, in its first line', async (_name, words) => {
    const { status, stdout } = await run(['expiry', ...words, '--format', 'nagios']);
    expect([status, stdout]).toEqual([3, expect.stringMatching(/^NOTARY UNKNOWN - \S/)]);
  });

  it.each(['nagios', 'prometheus', 'ics', 'table'])(
    '--json and --format %s contradict each other',
    async (format) => {
      const { status, stdout, stderr } = await run(['expiry', gun, '--json', '--format', format]);
      expect([status, stdout]).toEqual([1, '']);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'INVALID_FLAG' } });
    },
  );

  it('--json and --textfile contradict each other', async () => {
    const file = join(served.home.folder, 'notary.prom');
    const { status } = await run(['expiry', gun, '--json', '--textfile', file]);
    expect(status).toBe(1);
  });
});

describe('what a person sees', () => {
  it('what ends within a minute, or has just ended, is not called zero minutes', async () => {
    await served.must(['renew', gun, '-r', 'snapshot', '--all-roles', '--for', '30s', '-y']);
    expect((await run(['expiry', gun])).stdout).toMatch(
      /^snapshot +metadata +\S+ \S+ +(2\d|30) seconds +critical/m,
    );
    served.passTime(40_000);
    expect((await run(['expiry', gun])).stdout).toMatch(
      /^snapshot +metadata +\S+ \S+ +-\d+ seconds +expired/m,
    );
  });

  it.each([60, 80])('dates are whole on a terminal of %i columns', async (columns) => {
    const stdout = { ...memoryOutput({ isTerminal: true }), columns };
    await served.home.run(['expiry', gun], { env: passphrases, stdout });
    const lines = stdout.text().split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines.filter((line) => /\d{4}-\d\d-\d\d(?: |$)/.test(line))).toHaveLength(5);
    if (columns === 80) expect(stdout.text()).toContain('certificate');
  });
});
