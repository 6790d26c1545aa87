/** Clocks and expiries: what the client refuses to sign, and what it warns of. */

import { describe, expect, it } from 'vitest';
import { checkClock, warnShorterExpiry } from '../../../src/client/sign/clock-check.ts';
import { formatInstant } from '../../../src/encoding/rfc3339.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { days, epoch, memoryClock, memoryLog } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

describe('the clock of the client', () => {
  const gun = parseGun('docker.io/alice/demo');
  /** A timestamp that the server signed this many milliseconds after the time that the client takes it to be. */
  const check = (ahead: number) => () =>
    checkClock(
      { expires: formatInstant(new Date(epoch.getTime() + days(14) + ahead)) },
      { gun, clock: memoryClock() },
    );

  it('may be behind the clock of the server by a day and no more', () => {
    expect(check(days(-20))).not.toThrow();
    expect(check(0)).not.toThrow();
    expect(check(days(1))).not.toThrow();
    expect(check(days(1) + 1000)).toThrow(
      refusal('CLOCK_BEHIND', /the server signed the timestamp of docker\.io\/alice\/demo at /, {
        gun,
        now: formatInstant(epoch),
        signed: formatInstant(new Date(epoch.getTime() + days(1) + 1000)),
      }),
    );
  });
});

describe('an expiry that is signed anew', () => {
  const before = (expires: string) => ({ content: { expires } });
  const file = (role: string, expires: string | undefined) =>
    new Map([[role, { envelope: { signed: new Map(expires === undefined ? [] : [['expires', expires]]) } }]]);
  const loaded = {
    root: before('2030-01-01T00:00:00Z'),
    snapshot: before('2031-01-01T00:00:00Z'),
    targets: new Map([
      ['targets', before('2032-01-01T00:00:00Z')],
      ['targets/a', before('2033-01-01T00:00:00Z')],
    ]),
  } as unknown as Parameters<typeof warnShorterExpiry>[1];

  function warner() {
    const log = memoryLog();
    const warn = (files: ReturnType<typeof file>) =>
      warnShorterExpiry(files as unknown as Parameters<typeof warnShorterExpiry>[0], loaded, { log });
    return { log, warn };
  }

  function warned(role: string, expires: string | undefined): boolean {
    const { log, warn } = warner();
    warn(file(role, expires));
    for (const record of log.records)
      expect(record).toMatchObject({ level: 'warn', code: 'EXPIRY_SHORTENED' });
    return log.records.length > 0;
  }

  it.each([
    ['root', '2029-12-31T00:00:00Z', '2029-12-30T23:59:59Z'],
    ['snapshot', '2030-12-31T00:00:00Z', '2030-12-30T23:59:59Z'],
    ['targets', '2031-12-31T00:00:00Z', '2031-12-30T23:59:59Z'],
  ])('of %s may be a day shorter, and is warned of when it is more', (role, within, beyond) => {
    expect(warned(role, within)).toBe(false);
    expect(warned(role, beyond)).toBe(true);
    expect(warned(role, '2040-01-01T00:00:00Z')).toBe(false);
  });

  it('of a delegation is compared with that of its own file', () => {
    expect(warned('targets/a', '2032-12-31T00:00:00Z')).toBe(false);
    expect(warned('targets/a', '2032-12-30T23:59:59Z')).toBe(true);
  });

  it('is not warned of where the new file has none', () => {
    expect(warned('root', undefined)).toBe(false);
  });

  it('of one role is compared though another role before it is new', () => {
    const { log, warn } = warner();
    warn(new Map([...file('targets/new', '2001-01-01T00:00:00Z'), ...file('root', '2001-01-01T00:00:00Z')]));
    expect(log.messages('warn')).toEqual([
      expect.stringMatching(/^root now expires at 2001-01-01T00:00:00Z, before 2030-/),
    ]);
  });

  it('of a role that is new is compared with nothing', () => {
    expect(warned('targets/new', '2001-01-01T00:00:00Z')).toBe(false);
  });
});
