/**
 * The same requests, good and bad, to our server and to the genuine notary-server, each over HTTPS:
 * status, headers and body must be the same but for keys, times and hashes.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import type { Session } from '../support/server-session.ts';
import {
  delegationsWithWrongMembers,
  rootsWithWrongMembers,
  snapshotsWithWrongMembers,
  targetsWithWrongMembers,
} from './differential/contents.ts';
import { recordsOfChanges } from './differential/feed.ts';
import { reasonFor, reasonNames } from './differential/known.ts';
import { bodiesInPieces, longNames, manyTargets } from './differential/large.ts';
import {
  everyKindOfRequest,
  methodsAndPaths,
  namesOfCollections,
  pathsOfNothing,
} from './differential/paths.ts';
import { playSequence, sequence } from './differential/sequences.ts';
import { changedForms, cutForms, damagedForms } from './differential/uploads.ts';
import { type Pair, startPair, told } from './pair.ts';

const families: Readonly<Record<string, (session: Session) => Promise<void>>> = {
  'every method on every path of a collection': methodsAndPaths,
  'every path of a collection that is not there, and paths of none': pathsOfNothing,
  'uploads in damaged forms': damagedForms,
  'uploads that are cut off at every byte': cutForms,
  'uploads with one byte changed': changedForms,
  'the record of changes': recordsOfChanges,
  'roots with wrong members': rootsWithWrongMembers,
  'targets with wrong members': targetsWithWrongMembers,
  'delegations with wrong members': delegationsWithWrongMembers,
  'snapshots with wrong members': snapshotsWithWrongMembers,
  'thousands of targets': manyTargets,
  'long names': longNames,
  'bodies in pieces': bodiesInPieces,
  'names of collections, clean, unclean, encoded and long': namesOfCollections,
};

describe.skipIf(!available('notary-server', 'openssl'))('our server answers as notary-server does', () => {
  const met = new Set<string | undefined>();
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair();
  });
  afterAll(() => pair.stop());

  for (const [index, [name, play]] of Object.entries(families).entries()) {
    it(name, async ({ task }) => {
      const { requests, differences } = await pair.compare(`example.com/family-${index}`, play);
      task.meta.compared = requests;
      for (const one of differences) met.add(reasonFor(one));
      expect(differences.filter((one) => reasonFor(one) === undefined).map(told)).toEqual([]);
    });
  }

  it('our server answers otherwise only where there is a reason, and each reason is met', () => {
    expect([...met].sort()).toEqual([...reasonNames].sort());
  });

  it('our server refuses what Node does not read, and has no metrics', async ({ task }) => {
    const { requests, differences } = await pair.compare('example.com/a', async (session) => {
      await session.send({ method: 'GET', path: '/v2/é/_trust/tuf/root.json' });
      await session.send({ method: 'FETCH', path: '/v2/' });
      await session.send({ method: 'GET', path: '/metrics' });
    });
    task.meta.compared = requests;
    expect(differences.map(({ ours, genuine }) => [ours.status, genuine.status])).toEqual([
      [400, 404],
      [400, 405],
      [404, 200],
    ]);
  });

  it('our server answers as notary-server where only some names are served', async ({ task }) => {
    const gunPrefixes = ['example.com/served/', 'example.org/'];
    const limited = await startPair({ gunPrefixes });
    let sent = 0;
    try {
      for (const gun of [
        'example.com/served/a',
        'example.com/other',
        'example.com/served',
        'example.org/x',
        'a',
      ]) {
        const { requests, differences } = await limited.compare(gun, everyKindOfRequest);
        sent += requests;
        expect(differences.map(told)).toEqual([]);
      }
    } finally {
      await limited.stop();
    }
    task.meta.compared = sent;
  });

  it('our server answers random sequences of requests as notary-server, with a store on disk', async ({
    task,
  }) => {
    const folder = makeScratch();
    const onDisk = await startPair({ folder });
    let [number, sent] = [0, 0];
    const property = fc.asyncProperty(sequence, async (one) => {
      const gun = `example.com/sequence-${number++}`;
      const { requests, differences } = await onDisk.compare(gun, (session) => playSequence(session, one));
      sent += requests;
      expect(differences.map(told)).toEqual([]);
    });
    try {
      await fc.assert(property, { seed: 20_260_701, numRuns: 150 });
    } finally {
      await onDisk.stop();
      removeScratch(folder);
    }
    task.meta.compared = sent;
  });
});
