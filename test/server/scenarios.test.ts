/**
 * The server's rules, one scenario each: what ours answers, always; and, where the genuine
 * notary-server is installed, that it answers the same to the byte but for keys, times and hashes.
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryServerStore } from '../../src/server/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { type NotaryServer, startNotaryServer } from '../support/genuine/notary-server.ts';
import { available } from '../support/genuine/programs.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { delegationScenarios } from './scenarios-delegations.ts';
import { formScenarios } from './scenarios-forms.ts';
import { requestScenarios } from './scenarios-requests.ts';
import { rootScenarios } from './scenarios-root.ts';
import { targetsScenarios } from './scenarios-targets.ts';
import { httpsSubject, ourSubject, Session, type Subject } from './session.ts';

const scenarios = [
  ...requestScenarios,
  ...rootScenarios,
  ...targetsScenarios,
  ...delegationScenarios,
  ...formScenarios,
];
const names = scenarios.map(({ name }) => name);
if (new Set(names).size !== names.length) throw new Error('two scenarios have one name');

// Certificates are judged by the genuine server's clock, so ours shows the same time.
const clock = memoryClock(new Date());
const genuineHere = available('notary-server', 'openssl');
let server: NotaryServer | undefined;
let genuine: Subject | undefined;

beforeAll(async () => {
  if (!genuineHere) return;
  const authority = await certificates();
  server = await startNotaryServer({ certificates: authority });
  genuine = httpsSubject(server.port, readFileSync(authority.caCertificate));
});

afterAll(() => server?.stop());

function ours(): Subject {
  return ourSubject({ store: memoryServerStore(), clock, random: seededRandom() });
}

describe('the server', () => {
  for (const [index, { name, run, ends }] of scenarios.entries()) {
    it(name, async () => {
      const session = new Session(ours(), `example.com/scenario-${index}`, new Map());
      await run(session);
      expect(session.end).toBe(ends);
    });
  }
});

describe.skipIf(!genuineHere)('the server beside the genuine notary-server', () => {
  for (const [index, { name, run }] of scenarios.entries()) {
    it(name, async () => {
      if (genuine === undefined) throw new Error('the genuine server is not running');
      const gun = `example.com/scenario-${index}`;
      const shared = new Map<string, unknown>();
      const [mine, theirs] = [new Session(ours(), gun, shared), new Session(genuine, gun, shared)];
      await run(mine);
      await run(theirs);
      expect(mine.exchanges).toEqual(theirs.exchanges);
    });
  }
});
