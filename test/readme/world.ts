/** Where the commands of the README are run: a server, and people with homes of their own. */

import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { type Home, makeHome } from '../support/genuine/home.ts';
import { commandOf, type Outcome, repository, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { serveHttps } from '../support/memory-server-https.ts';

export interface ReadmeWorld {
  /** Runs a line in a shell of the person, whose `tsnotary` is this one; both streams come as they were shown. */
  type(person: string, command: string): Promise<{ readonly status: number; readonly shown: string }>;
  /** Runs a script with Node, as one who has installed the package, with these variables besides the usual ones. */
  script(text: string, variables?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** `localhost:PORT`, as messages name the server. */
  readonly address: string;
  close(): Promise<void>;
}

/** Certificates that one person hands to another between two blocks. */
const handedOver = ['delegation.crt'];

export async function readmeWorld(): Promise<ReadmeWorld> {
  const folder = makeScratch();
  const authority = await certificates();
  const clock = memoryClock(new Date());
  const server = { store: memoryServerStore(), clock, random: seededRandom() };
  const https = await serveHttps(server, authority);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'tsnotary'), `#!/bin/sh\nexec ${commandOf('tsnotary').join(' ')} "$@"\n`);
  chmodSync(join(bin, 'tsnotary'), 0o755);
  const homes = new Map<string, Home>();
  const home = (person: string): Home => {
    const found = homes.get(person);
    if (found !== undefined) return found;
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const made = makeHome({
      folder: join(folder, person),
      certificates: authority,
      serverUrl: https.url,
      env,
    });
    homes.set(person, made);
    return made;
  };
  return {
    address: new URL(https.url).host,
    async type(person, command) {
      for (const name of handedOver) {
        const from = join(home('collaborator').work, name);
        if (existsSync(from)) copyFileSync(from, join(home(person).work, name));
      }
      const { status, stdout } = await home(person).run('sh', ['-c', `exec 2>&1; ${command}`]);
      return { status, shown: stdout.replaceAll(folder, '') };
    },
    async script(text, variables = {}) {
      const place = join(folder, 'script');
      mkdirSync(join(place, 'node_modules'), { recursive: true });
      rmSync(join(place, 'node_modules/tsnotary'), { force: true });
      symlinkSync(repository, join(place, 'node_modules/tsnotary'));
      writeFileSync(join(place, 'script.mjs'), text);
      const env = { NOTARY_SERVER: https.url, NOTARY_CA: authority.caCertificate, HOME: place, ...variables };
      return run('sh', ['-c', `exec ${process.execPath} script.mjs`], { env, cwd: place });
    },
    async close() {
      await https.stop();
      removeScratch(folder);
    },
  };
}
