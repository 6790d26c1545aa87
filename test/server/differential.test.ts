/**
 * The same requests, good and bad, to our server and to the genuine notary-server, each over HTTPS:
 * status, headers and body must be the same but for keys, times and hashes.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '../support/genuine/programs.ts';
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
import type { Session } from './session.ts';

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

  it('but where there is a reason, each of which is met', () => {
    expect([...met].sort()).toEqual([...reasonNames].sort());
  });

  it('where only some names are served', async ({ task }) => {
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

  it('random sequences of requests', async ({ task }) => {
    let [number, sent] = [0, 0];
    await fc.assert(
      fc.asyncProperty(sequence, async (one) => {
        const gun = `example.com/sequence-${number++}`;
        const { requests, differences } = await pair.compare(gun, (session) => playSequence(session, one));
        sent += requests;
        expect(differences.map(told)).toEqual([]);
      }),
      { seed: 20_260_701, numRuns: 150 },
    );
    task.meta.compared = sent;
  });
});
