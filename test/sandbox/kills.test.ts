/**
 * The sandbox is killed while clients upload, as often as `TSNOTARY_SANDBOX_KILLS` says. After each start all that it
 * has ever acknowledged is there, and what it serves verifies.
 */

import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseTargets } from '../../src/metadata/targets.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { available, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { scratchHome } from '../support/memory-system.ts';
import { Collection } from '../support/server-collection.ts';
import { httpsSubject, Session } from '../support/server-session.ts';
import { ended, type SandboxChild, spawnSandbox } from './child.ts';

const kills = Number(process.env['TSNOTARY_SANDBOX_KILLS'] ?? 60);
const seed = process.env['TSNOTARY_SEED'] ?? 'sandbox kills';
const guns = ['example.com/alice/demo', 'example.com/bob'];
/** Milliseconds: the longest wait for a kill, of a program that starts, and of one that has acknowledged enough. */
const longestStart = 250;
const longestDelay = 25;
/** Acknowledged files after which a kill comes, at most. */
const most = 6;

/** One file that the server has said it keeps. */
interface Acknowledged {
  readonly gun: string;
  readonly resource: string;
  readonly bytes: Uint8Array;
}

describe(`kill -9 of the sandbox at ${String(kills)} random moments (seed ${seed})`, () => {
  let folder: string;
  let home: ReturnType<typeof scratchHome>;
  const acknowledged: Acknowledged[] = [];
  let latest: ChildProcess | undefined;
  const spawnNext = () => {
    const starting = spawnSandbox(folder);
    latest = starting.child;
    return starting;
  };
  /** The version of each collection at the last look. */
  const seen = new Map<string, number>();
  const shared = new Map<string, Map<string, unknown>>(guns.map((gun) => [gun, new Map<string, unknown>()]));
  const counts = {
    'while it started': 0,
    'while clients uploaded': 0,
    uploads: 0,
    cut: 0,
    'cut and kept': 0,
  };

  beforeAll(() => {
    folder = makeScratch();
    home = scratchHome(new Date());
  });
  afterAll(async () => {
    if (latest !== undefined) await ended(latest, 'SIGKILL');
    console.log(`Kills of the sandbox: ${JSON.stringify(counts)}, ${acknowledged.length} files acknowledged`);
    home.remove();
    removeScratch(folder);
  });

  const pause = (milliseconds: number) => new Promise((resolve) => void setTimeout(resolve, milliseconds));
  const random = seededRandom(seed);
  const share = () => Buffer.from(random(4)).readUInt32LE() / 2 ** 32;

  function session(sandbox: SandboxChild, gun: string): Session {
    const subject = httpsSubject(sandbox.port, readFileSync(sandbox.ca));
    return new Session(subject, gun, shared.get(gun) ?? new Map<string, unknown>());
  }

  /** The version of the targets that are served; 0 when there are none. */
  async function servedVersion(at: Session): Promise<number> {
    const { status, body } = await at.ask('GET', 'targets.json');
    return status === 404 ? 0 : parseTargets(parseEnvelope(body), 'targets').content.version;
  }

  /** Uploads one version after the other until the server is gone. */
  async function upload(sandbox: SandboxChild, gun: string): Promise<void> {
    const at = session(sandbox, gun);
    try {
      const collection = await Collection.of(at);
      for (let version = (await servedVersion(at)) + 1; ; version++) {
        const name = `v${version}-${counts.uploads}`;
        const targets = collection.targets(name, {
          version,
          targets: { [name]: fileMetaOf(Buffer.from(name)) },
        });
        const root = at.once('root', () => collection.root());
        const files = version === 1 ? { root, targets } : { targets };
        counts.uploads++;
        counts.cut++;
        const { status, body } = await at.publish(files);
        expect([status, Buffer.from(body).toString()]).toEqual([200, '']);
        counts.cut--;
        acknowledged.push({ gun, resource: `${version}.targets.json`, bytes: targets });
        if (version === 1) acknowledged.push({ gun, resource: '1.root.json', bytes: root });
      }
    } catch (error) {
      if (!/ECONNRE|socket hang up|EPIPE|disconnected/.test(String(error))) throw error;
    }
  }

  /** All that was acknowledged since the last look is there, and the rest, too, when asked for. */
  async function check(sandbox: SandboxChild, since: number): Promise<void> {
    for (const { gun, resource, bytes } of acknowledged.slice(since)) {
      const reply = await session(sandbox, gun).ask('GET', resource);
      expect([gun, resource, reply.status]).toEqual([gun, resource, 200]);
      expect(Buffer.from(reply.body).equals(bytes)).toBe(true);
    }
    const left = readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp'));
    expect(left).toEqual([]);
    for (const gun of guns) {
      const last = acknowledged.findLast(
        (file) => file.gun === gun && file.resource.endsWith('targets.json'),
      );
      const version = await servedVersion(session(sandbox, gun));
      const known = Math.max(seen.get(gun) ?? 0, Number(/^\d+/.exec(last?.resource ?? '0')?.[0]));
      seen.set(gun, version);
      // The upload that was cut off may have been kept: one more, and no other.
      expect([known, known + 1]).toContain(version);
      if (version === 0) continue;
      if (version > known) counts['cut and kept']++;
      const words = ['list', gun, '-s', sandbox.url, '--tlscacert', sandbox.ca];
      const { status, stdout, stderr } = await home.run(words);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(new RegExp(`^v${version}-`, 'm'));
    }
  }

  it('a sandbox that is killed loses nothing that it has acknowledged', async () => {
    let checked = 0;
    for (let round = 0; round < kills; round++) {
      const starting = spawnNext();
      if (share() < 0.2) {
        counts['while it started']++;
        const listening = starting.ready.catch(() => undefined);
        await pause(share() * longestStart);
        await ended(starting.child, 'SIGKILL');
        await listening;
        continue;
      }
      counts['while clients uploaded']++;
      const sandbox = await starting.ready;
      await check(sandbox, checked);
      checked = acknowledged.length;
      const uploads = Promise.all(guns.map((gun) => upload(sandbox, gun)));
      const enough = checked + Math.floor(share() * (most + 1));
      while (acknowledged.length < enough) await pause(1);
      await pause(share() * longestDelay);
      expect(await sandbox.end('SIGKILL')).toBe('SIGKILL');
      await uploads;
    }
    const sandbox = await spawnNext().ready;
    await check(sandbox, 0);
    expect(sandbox.stderr()).toBe('');
    expect(acknowledged.length).toBeGreaterThan(kills / 2);
    if (available('notary')) {
      for (const gun of guns) {
        const words = ['-s', sandbox.url, '--tlscacert', sandbox.ca, 'list', gun];
        const { status, stdout } = await run('notary', words, { env: { HOME: home.folder } });
        expect([status, /^v\d+-\d+ /m.test(stdout)]).toEqual([0, true]);
      }
    }
    expect(await sandbox.end('SIGTERM')).toBe(0);
  });
});
