import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCertificates } from '../../src/adapters/sandbox/certificates.ts';
import { openLogins } from '../../src/adapters/sandbox/users-file.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryLog, seededRandom } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

describe('the logins of a sandbox', () => {
  let folder: string;
  let users: string;
  beforeEach(() => {
    folder = makeScratch();
    openCertificates(folder, { now: new Date(), random: seededRandom(), log: memoryLog() });
    users = join(folder, 'users');
    writeFileSync(users, 'alice:wonder:land\n', { mode: 0o600 });
  });
  afterEach(() => removeScratch(folder));

  it('the logins of a sandbox rest on a secret that stays with the directory, and that other users cannot read', () => {
    const first = openLogins(folder, users, seededRandom('first'));
    expect([...first.users]).toEqual([['alice', 'wonder:land']]);
    const second = openLogins(folder, users, seededRandom('second'));
    expect(Buffer.from(second.secret).equals(first.secret)).toBe(true);
    expect(statSync(join(folder, 'tls/token.secret')).mode & 0o777).toBe(0o600);
  });

  it.each([0o640, 0o620, 0o610, 0o604, 0o644])(
    'the logins of a sandbox are not read from a file of mode %o, which other users may use',
    (mode) => {
      chmodSync(users, mode);
      expect(() => openLogins(folder, users, seededRandom())).toThrow(
        refusal('USERS_FILE_INVALID', `others can read the passwords in ${users}`),
      );
      chmodSync(users, 0o400);
      expect(openLogins(folder, users, seededRandom()).users.size).toBe(1);
    },
  );

  it('the logins of a sandbox get another secret in place of one that was cut short', () => {
    const first = openLogins(folder, users, seededRandom('first'));
    const path = join(folder, 'tls/token.secret');
    writeFileSync(path, first.secret.subarray(0, 5));
    const { secret } = openLogins(folder, users, seededRandom('second'));
    expect([secret.length, readFileSync(path).equals(secret)]).toEqual([32, true]);
    expect(secret).not.toEqual(first.secret);
  });
});
