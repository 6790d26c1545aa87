/** Reminders of metadata that ends soon: which roles they name, and how many. */

import { expect, it } from 'vitest';
import { warnNearExpiry } from '../../../src/client/update/expiry-warnings.ts';
import { type Updated, update } from '../../../src/client/update/update.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { noPinning } from '../../../src/trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../../src/tuf/repo-builder.ts';
import { actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { epoch, memoryClock, memoryLog } from '../../support/memory-ports.ts';
import { future } from '../../support/metadata-author.ts';

const gun = parseGun(forgedGun);
/** All files of a forged collection end at the beginning of the next year. */
const lateClock = memoryClock(new Date('2048-12-01T00:00:00Z'));

async function loadedWith(delegations: number): Promise<Updated> {
  const names = Array.from({ length: delegations }, (_, at) => `targets/r${at}`);
  return update(actor(new ForgedCollection({ delegations: names }).server, memoryClock(), gun));
}

function summaryOf(loaded: RepoBuilder): string | undefined {
  const log = memoryLog();
  warnNearExpiry(loaded, { gun, clock: lateClock, log });
  return log.records.find(({ code }) => code === 'EXPIRES_SOON')?.message;
}

it('the reminder names ten roles with their ends, and counts the others', async () => {
  const ten = summaryOf(await loadedWith(7));
  expect(ten).toContain(`root at ${future}, targets at ${future}, targets/r0 at ${future}, `);
  expect(ten).toContain(`targets/r6 at ${future}, snapshot at ${future}; holders`);
  const eleven = summaryOf(await loadedWith(8));
  expect(eleven).toContain(`targets/r7 at ${future} and 1 more; holders`);
  expect(eleven).not.toContain('snapshot at');
});

it('the reminder does not come for what has not been loaded', () => {
  expect(summaryOf(new RepoBuilder({ gun, pinning: noPinning, now: epoch }))).toBeUndefined();
});
