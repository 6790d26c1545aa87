/**
 * A process that stages changes, or makes keys, as fast as it can once it reads a line:
 *
 *     stage-many.ts stage TRUSTDIR GUN COUNT PREFIX
 *     stage-many.ts keys TRUSTDIR COUNT
 */

import { randomUUID } from 'node:crypto';
import { openChangelist } from '../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../src/adapters/fs/file-key-storage.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { serialiseChange } from '../../src/changelist/change.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import type { Log } from '../../src/ports/log.ts';
import type { PassphraseRetriever } from '../../src/ports/prompts.ts';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  notice: () => undefined,
  warn: console.error,
  error: console.error,
};
const retrieve: PassphraseRetriever = async () => ({
  passphrase: 'passphrase',
  giveUp: false,
});

async function stage(trustDir: string, gun: string, count: number, prefix: string): Promise<void> {
  for (let number = 0; number < count; number++) {
    // Each command opens the changelist for itself.
    const changelist = openChangelist(trustDir, parseGun(gun), systemClock(), randomUUID, silent);
    const path = `${prefix}-${number}`;
    await changelist.add(
      serialiseChange({
        action: 'create',
        scope: 'targets',
        type: 'target',
        path,
        content: undefined,
      }),
    );
  }
}

async function makeKeys(trustDir: string, count: number): Promise<void> {
  const made = Array.from({ length: count }, async () => {
    const store = new KeyStore(openKeyStorage(trustDir, silent), retrieve, silent);
    await makeCryptoService(store, retrieve, silent).create('user', '');
  });
  await Promise.all(made);
}

const [what = '', trustDir = '', ...rest] = process.argv.slice(2);
console.log('ready');
process.stdin.once('data', () => {
  const [gun = '', count = '', prefix = ''] = rest;
  const done =
    what === 'stage' ? stage(trustDir, gun, Number(count), prefix) : makeKeys(trustDir, Number(gun));
  void done.then(() => process.stdin.destroy());
});
