/** Collections are made, and targets staged, looked up and verified, over a list of repositories. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from './served.ts';

const guns = ['docker.io/team/a', 'docker.io/team/b', 'docker.io/team/c'];

let served: Served;
let made: string;
beforeAll(async () => {
  served = await serve();
  served.list(guns);
  writeFileSync(join(served.home.folder, 'app.tar'), 'release 1.0\n');
  made = await served.must(['init', '--repos', 'list', '-p', '--jobs', '8']);
});
afterAll(() => served.stop());

const over = (gun: string, text: string) => `${gun}:\n${text}`;
const each = (text: (gun: string) => string) => guns.map((gun) => over(gun, text(gun))).join('');
const staged = async () => {
  const lines = (await served.must(['status', '--repos', 'list', '--json'])).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly changes: readonly unknown[] }).changes.length);
};

describe('targets over a list of repositories', () => {
  it('init over a list makes one root key, which serves all of them', async () => {
    const published = (gun: string) =>
      `Auto-publishing changes to ${gun}\nSuccessfully published changes for repository ${gun}\n`;
    const [first = '', ...others] = made.split(/^(?=docker\.io\/team\/\w:\n)/m);
    expect(first.endsWith(published('docker.io/team/a'))).toBe(true);
    const rootKey = /^Root key found, using: ([0-9a-f]{64})$/m.exec(others[0] ?? '')?.[1] ?? '';
    expect(others).toEqual(
      guns.slice(1).map((gun) => over(gun, `Root key found, using: ${rootKey}\n${published(gun)}`)),
    );
    // The root key, and a targets and a snapshot key for each.
    expect(readdirSync(join(served.home.folder, '.notary/private'))).toHaveLength(1 + 2 * guns.length);
  });

  it('a target is added, looked up, verified and removed over a list as by single runs', async () => {
    expect(await served.must(['add', '--repos', 'list', '1.0', 'app.tar', '-p'])).toBe(
      each(
        (gun) =>
          `Addition of target "1.0" to repository "${gun}" staged for next publish.\n` +
          `Auto-publishing changes to ${gun}\nSuccessfully published changes for repository ${gun}\n`,
      ),
    );
    const line = await served.must(['lookup', guns[0] ?? '', '1.0']);
    expect(line).toMatch(/^1\.0 sha256:7b4871e6[0-9a-f]{56} 12\n$/);
    expect(await served.must(['lookup', '--repos', 'list', '1.0'])).toBe(each(() => line));
    expect(await served.must(['verify', '--repos', 'list', '1.0', '-q', '-i', 'app.tar'])).toBe(
      each(() => ''),
    );
    expect(await served.must(['remove', '--repos', 'list', '1.0', '-p'])).toContain(
      'Removal of 1.0 from docker.io/team/c',
    );
    const { status, stdout } = await served.home.run(['lookup', '--repos', 'list', '1.0']);
    expect([status, stdout.match(/\* fatal: No valid trust data for 1\.0/g)]).toEqual([
      1,
      expect.objectContaining({ length: 3 }),
    ]);
  });

  it('a target is staged by its digest, and everything is reset, over a list', async () => {
    await served.must(['addhash', '--repos', 'list', '2.0', '5', '--sha256', 'ab'.repeat(32)]);
    expect(await staged()).toEqual([1, 1, 1]);
    expect(await served.must(['reset', '--repos', 'list', '--all'])).toBe(
      each((gun) => `Successfully reset specified changes for repository ${gun}\n`),
    );
    expect(await staged()).toEqual([0, 0, 0]);
  });

  it('a payload on standard input is verified against the target of every repository', async () => {
    await served.must(['add', '--repos', 'list', '3.0', 'app.tar', '-p']);
    await served.must(['remove', guns[1] ?? '', '3.0', '-p']);
    const words = ['verify', '--repos', 'list', '3.0', '-q'];
    const { status, stdout } = await served.home.run(words, { stdin: 'release 1.0\n' });
    expect([status, stdout.match(/\* fatal/g)?.length]).toEqual([1, 1]);
    const wrong = await served.home.run(words, { stdin: 'release 1.1\n' });
    expect([wrong.status, wrong.stdout.match(/\* fatal/g)?.length]).toEqual([1, 3]);
  });

  it.each<[readonly string[], string]>([
    [['verify', '1.0', '-i', 'app.tar'], 'with --repos the payload is not passed on; give -q'],
    [['verify', '1.0', '-i', 'app.tar', '-o', 'out'], 'with --repos the payload is not passed on; give -q'],
    [['reset', '-n', '0'], 'numbers of changes mean one repository; with --repos give --all'],
    [['remove'], 'Must specify a GUN and target'],
    [['add', '1.0'], 'Must specify a GUN, target, and path to target data'],
    [['lookup'], 'Must specify a GUN and target'],
    [
      ['init', 'docker.io/other'],
      'the GUNs are those that --repos names: docker.io/other cannot be given as well',
    ],
  ])(
    'a command line that means nothing for a list is refused once, and nothing is done: %j',
    async (words, message) => {
      const { status, stdout, stderr } = await served.home.run([...words, '--repos', 'list']);
      expect(status).toBe(1);
      expect((stdout + stderr).match(/\* fatal: .*/g)).toEqual([`* fatal: ${message}`]);
      expect(await staged()).toEqual([0, 0, 0]);
    },
  );

  it('a list on standard input leaves none for the payload', async () => {
    const { status, stderr, stdout } = await served.home.run(['verify', '--repos', '-', '1.0', '-q'], {
      stdin: guns.join('\n'),
    });
    expect([status, stdout + stderr]).toEqual([
      1,
      expect.stringContaining('cannot both be standard input') as string,
    ]);
  });

  it('the keys of a list of repositories are exported, and not those of others', async () => {
    await served.must(['init', 'docker.io/team/other']);
    const all = await served.must(['key', 'export']);
    const bundle = await served.must(['key', 'export', '--repos', 'list']);
    const gunsOf = (pem: string) => [...new Set(pem.match(/(?<=^gun: ).*$/gm))].sort();
    expect(gunsOf(all)).toEqual([...guns, 'docker.io/team/other']);
    expect(gunsOf(bundle)).toEqual(guns);
    expect(bundle).toBe(await served.must(['key', 'export', ...guns.flatMap((gun) => ['--gun', gun])]));
    const empty = await served.home.run(['key', 'export', '--repos', '']);
    expect([empty.status, empty.stdout + empty.stderr]).toEqual([
      1,
      expect.stringContaining('must name a file') as string,
    ]);
    expect(empty.stdout).not.toContain('PRIVATE KEY');
  });
});
