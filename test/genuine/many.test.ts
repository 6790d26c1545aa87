import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

const guns = Array.from({ length: 30 }, (_, index) => `docker.io/team/image${index}`);

onEachServer('one command over 30 repositories', ['notary'], (open) => {
  let stage: Stage;
  let owner: Home;
  let reader: Home;
  beforeAll(async () => {
    stage = await open({ roundTrip: 0 });
    owner = stage.home('owner');
    reader = stage.home('reader', { passphrases: 'none' });
    for (const home of [owner, reader]) home.write('list', guns.map((gun) => `${gun}\n`).join(''));
    await owner.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'],
      ...['-subj', '/CN=d', '-keyout', 'd.key', '-out', 'd.crt'],
    );
    await owner.tsnotary('publish', '--repos', 'list');
    const connections = stage.proxy.connections();
    const words = ['delegation', 'add', '--repos', 'list', 'targets/releases', 'd.crt', '--all-paths', '-p'];
    const { stdout } = await owner.tsnotary(...words);
    expect(stage.proxy.connections() - connections).toBe(1);
    expect(stdout.match(/^Successfully published changes for repository /gm)).toHaveLength(guns.length);
  });
  afterAll(() => stage.close());

  it('one command over 30 repositories lists what notary lists of each, over one connection', async () => {
    const connections = stage.proxy.connections();
    const requests = (await stage.server.requests()).length;
    const { stdout, stderr } = await reader.tsnotary('delegation', 'list', '--repos', 'list');
    expect(stage.proxy.connections() - connections).toBe(1);
    // The ping, and of each root, timestamp, snapshot and targets. The delegation has no file yet.
    expect((await stage.server.requests()).length - requests).toBe(1 + 4 * guns.length);
    expect(stderr).toBe('');
    let single = '';
    for (const gun of guns) single += `${gun}:\n${(await reader.notary('delegation', 'list', gun)).stdout}`;
    expect(stdout).toBe(single);
    expect(stdout.match(/^targets\/releases .*"" <all paths>/gm)).toHaveLength(guns.length);
  });

  it('one command over 30 repositories lists from empty caches what single runs list', async () => {
    const [first = '', , , last = ''] = guns;
    reader.write('few', `${last}\n${first}\n`);
    rmSync(join(reader.trustDir, 'tuf'), { recursive: true });
    const { stdout } = await reader.tsnotary('delegation', 'list', '--repos', 'few');
    let single = '';
    for (const gun of [last, first]) {
      single += `${gun}:\n${(await reader.tsnotary('delegation', 'list', gun)).stdout}`;
    }
    expect(stdout).toBe(single);
  });

  it('one command over 30 repositories rotates keys that notary publishes with afterwards', async () => {
    const few = guns.slice(0, 3);
    owner.write('few', few.join('\n'));
    await owner.tsnotary('key', 'rotate', '--repos', 'few', 'targets');
    for (const gun of few) await owner.notary('add', gun, 'v1', owner.write('v1', 'one'), '-p');
    const listed = await reader.run('tsnotary', ['list', '--repos', '-'], { input: few.join('\n') });
    expect([listed.status, listed.stdout.match(/^v1 /gm)?.length]).toEqual([0, 3]);
  });

  it('one command over 30 repositories asks one question at a time, under its heading, and an interrupt ends everything', async () => {
    const person = stage.home('person', { passphrases: 'none' });
    const names = ['a', 'b', 'c'].map((name) => `docker.io/asked/${name}`);
    person.write('few', names.join('\n'));
    const terminal = person.terminal('tsnotary', ['publish', '--repos', 'few']);
    await terminal.waitFor('Enter passphrase for new root key');
    await terminal.waitForEchoOff();
    terminal.interrupt();
    const { status, shown, echo } = await terminal.end();
    expect([status, echo]).toEqual([130, true]);
    expect(shown.match(/^docker\.io\/asked\/.:$/gm)).toEqual([`${names[0] ?? ''}:`]);
    expect(shown.match(/Enter passphrase/g)).toHaveLength(1);
    expect(shown).not.toMatch(/Successfully|fatal/);
  });
});
