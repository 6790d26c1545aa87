import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lastName, nextName } from '../../../src/adapters/fs/change-names.ts';
import { openChangelist } from '../../../src/adapters/fs/file-changelist.ts';
import { changelistFolder } from '../../../src/adapters/fs/trust-dir.ts';
import { compareUtf8, utf8 } from '../../../src/encoding/bytes.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryLog } from '../../support/memory-ports.ts';

const uuid = () => crypto.randomUUID();
const now = 1_795_355_321_633_000_000n;
const odd = [
  '99999999999999999999_x.change',
  `99999999999999999999_${uuid()}.change`,
  `09223372036854775807_${uuid()}.change`,
  `${'9'.repeat(30)}_${uuid()}.change`,
  'zzz.change',
  '~.change',
  '~~é.change',
  '\u{1f600}.change',
  '.change',
];

describe('G35 the name of a new change', () => {
  it('the name of a new change is the time when that is later than the last name', () => {
    expect(nextName(undefined, now, 'u', 1n)).toBe('01795355321633000000_u.change');
    expect(nextName(`01795355321632999999_${uuid()}.change`, now, 'u', 1n)).toBe(
      '01795355321633000000_u.change',
    );
  });

  it('the name of a new change follows the last name when the clock is behind it', () => {
    expect(nextName(`01795355321633000000_${uuid()}.change`, now, 'u', 1n)).toBe(
      '01795355321633000001_u.change',
    );
  });

  it.each(odd)('the name of a new change comes after %j, and so do those that follow', (first) => {
    let last = first;
    for (let turn = 0; turn < 20; turn++) {
      const next = nextName(last, turn % 2 === 0 ? now : 0n, uuid(), 1n);
      expect(compareUtf8(next, last)).toBeGreaterThan(0);
      expect(Buffer.byteLength(next)).toBeLessThan(120);
      last = next;
    }
  });

  it('the name of a new change comes after any name that is there', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.bigInt(0n, 10n ** 20n - 1n),
        (stem, clock) => {
          const last = `${stem.toWellFormed()}.change`;
          expect(compareUtf8(nextName(last, clock, uuid(), 1n), last)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('the choice of a new name looks at change files only', () => {
    expect(lastName(['b.change', 'a.change', 'z.tmp'])).toBe('b.change');
    expect(lastName([])).toBeUndefined();
  });
});

describe('G35 changes that are staged while the clock is set back', () => {
  const gun = parseGun('docker.io/alice/demo');
  let trustDir = '';
  let clock = now;
  const open = () => openChangelist(trustDir, gun, { unixNano: () => clock }, uuid, memoryLog());
  const staged = async () => (await open().list()).map(({ bytes }) => Buffer.from(bytes).toString());

  beforeEach(() => {
    trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
    clock = now;
  });
  afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

  it('changes that are staged while the clock is set back keep their order, staged by processes one after the other', async () => {
    for (const text of ['0', '1', '2', '3']) {
      await open().add(utf8(text));
      clock -= 3_600_000_000_000n;
    }
    expect(await staged()).toEqual(['0', '1', '2', '3']);
  });

  it('changes that are staged while the clock is set back keep their order, staged by processes that run side by side', async () => {
    const [long, other] = [open(), open()];
    await long.add(utf8('0'));
    clock -= 3_600_000_000_000n;
    const expected = ['0'];
    for (let turn = 1; turn < 20; turn++) {
      const who = [long, open(), other, open()][turn % 4] ?? long;
      await who.add(utf8(String(turn)));
      expected.push(String(turn));
    }
    expect(await staged()).toEqual(expected);
  });

  it.each(odd.filter((name) => name !== '.change'))(
    'changes that are staged while the clock is set back come after %j',
    async (name) => {
      const folder = changelistFolder(trustDir, gun);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), 'first');
      const store = open();
      for (const text of ['1', '2']) await store.add(utf8(text));
      expect(await staged()).toEqual(['first', '1', '2']);
    },
  );

  it('changes that are staged while the clock is set back are listed once for a thousand additions of one process, not once for each', async () => {
    const fs = process.getBuiltinModule('node:fs');
    const listed = vi.spyOn(fs, 'readdirSync');
    process.getBuiltinModule('node:module').syncBuiltinESMExports();
    try {
      const store = open();
      for (let number = 0; number < 1000; number++) await store.add(utf8(String(number)));
      const ours = listed.mock.calls.filter(([path]) => path === changelistFolder(trustDir, gun));
      expect(ours.length).toBeLessThan(10);
    } finally {
      listed.mockRestore();
      process.getBuiltinModule('node:module').syncBuiltinESMExports();
    }
    expect(await staged()).toEqual(Array.from({ length: 1000 }, (_, number) => String(number)));
    expect(readdirSync(changelistFolder(trustDir, gun))).toHaveLength(1000);
  });
});
