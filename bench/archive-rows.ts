/** What is measured of archives: making them of many repositories and of a large one, beside reading the same. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../test/support/genuine/home.ts';
import { commandOf } from '../test/support/genuine/programs.ts';
import type { Stage } from '../test/support/genuine/stage.ts';
import { makeCertificate, makeCollection, stageTargets } from './collections.ts';
import type { Row } from './rows.ts';

function forget(home: Home): void {
  rmSync(join(home.trustDir, 'tuf'), { recursive: true, force: true });
}

/** Archives of many repositories over a link with a round trip, beside a loop of genuine first readers. */
export async function archiveRows(stage: Stage, rounds: number, count: number): Promise<readonly Row[]> {
  const guns = Array.from({ length: count }, (_, index) => `example.com/archives/image${index}`);
  const owner = stage.home('owner of archives');
  // What is made here need not be far away.
  owner.configure({ remote_server: { url: stage.server.url, root_ca: 'root-ca.crt' } });
  owner.write('list', guns.join('\n'));
  await makeCertificate(owner);
  await owner.tsnotary('publish', '--repos', 'list');
  const releases = ['targets/releases', 'd.crt', '--all-paths', '-p'];
  await owner.tsnotary('delegation', 'add', '--repos', 'list', ...releases);
  const [looping, keeping] = ['loop', 'archive'].map((name) => {
    const home = stage.home(`${name} over archives`, { passphrases: 'none' });
    home.write('list', guns.join('\n'));
    return { home, before: () => forget(home) };
  });
  if (looping === undefined || keeping === undefined) throw new Error('no home was made');
  const sample = guns.slice(0, Math.max(4, count / 20));
  const create = ['archive', 'create', '--repos', 'list', '-o', 'a.tar'];
  return [
    {
      work: `archive create of ${count} repositories, RTT 50 ms (beside a loop of notary list over ${sample.length}, scaled)`,
      ...{ goal: 0.05, against: 'notary', rounds: Math.min(rounds, 3) },
      notary: {
        ...looping,
        program: ['sh', '-ec', 'for gun; do notary list "$gun"; done', 'sh'],
        args: sample,
        part: sample.length / count,
      },
      tsnotary: { ...keeping, args: create },
    },
    {
      work: `archive verify of ${count} repositories (beside archive create)`,
      ...{ goal: 1, against: 'tsnotary', rounds: Math.min(rounds, 3) },
      notary: { ...keeping, program: commandOf('tsnotary'), args: create },
      tsnotary: { home: keeping.home, args: ['archive', 'verify', 'a.tar'] },
    },
  ];
}

/** An archive of a large repository on loopback, beside a genuine first reader, and what is read from it. */
export async function largeArchiveRows(stage: Stage, rounds: number, size: number): Promise<readonly Row[]> {
  const owner = stage.home('owner of a large archive');
  const gun = 'example.com/archives/large';
  await makeCollection(owner, gun);
  stageTargets(owner, gun, size);
  await owner.tsnotary('publish', gun);
  await owner.tsnotary('archive', 'create', gun, '-o', 'kept.tar');
  const reader = stage.home('first reader', { passphrases: 'none' });
  const common = { against: 'notary', rounds: Math.min(rounds, 3) } as const;
  const notary = { home: reader, args: ['list', gun], before: () => forget(reader) };
  const targets = size.toLocaleString('en');
  const away = ['--archive', 'kept.tar'];
  const ours = (args: readonly string[]) => ({ home: owner, args });
  return [
    {
      ...{
        ...common,
        work: `archive create, ${targets} targets (beside notary list, empty cache)`,
        goal: 1,
        notary,
      },
      tsnotary: ours(['archive', 'create', gun, '-o', 'a.tar']),
    },
    {
      ...{
        ...common,
        work: `archive verify, ${targets} targets (beside notary list, empty cache)`,
        goal: 1,
        notary,
      },
      tsnotary: ours(['archive', 'verify', 'kept.tar']),
    },
    {
      ...{
        ...common,
        work: `list --archive, ${targets} targets (beside notary list, empty cache)`,
        goal: 0.6,
        notary,
      },
      tsnotary: ours(['-s', 'https://localhost:1', 'list', gun, ...away]),
    },
  ];
}
