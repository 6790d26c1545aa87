/** Opens the engine's ports on a server with real sockets, with the keys of a home and everything else in memory. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Actor, actor } from '../actor.ts';
import { testClient } from '../http-rig.ts';
import { memoryClock } from '../memory-ports.ts';
import type { Home } from './home.ts';
import type { Stage } from './stage.ts';

/** The one passphrase that actors answer with, for all keys of a home. */
export const actorsPassphrases = {
  ...{ root: 'passphrase', targets: 'passphrase' },
  ...{ snapshot: 'passphrase', delegation: 'passphrase' },
};

export interface Engine extends Actor {
  close(): Promise<void>;
}

/**
 * An actor on the stage's server, by the time of this machine.
 *
 * @param keysOf a home whose passphrases are `actorsPassphrases`; without it the actor has no keys
 */
export async function engineOn(stage: Stage, gun: string, keysOf?: Home): Promise<Engine> {
  const http = await testClient({ tls: { rootCa: stage.certificates.caCertificate } });
  const clock = { ...memoryClock(), now: () => new Date() };
  const opened = actor({ http, url: stage.url }, clock, gun);
  const folder = keysOf && join(keysOf.trustDir, 'private');
  for (const name of folder === undefined ? [] : readdirSync(folder))
    if (name.endsWith('.key'))
      opened.keyStorage.files.set(basename(name, '.key'), readFileSync(join(folder ?? '', name)));
  return { ...opened, close: () => http.close() };
}
