import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LockOwner, thisProcess } from '../../../src/adapters/fs/lock-owner.ts';
import { openCollectionLock, type Patience } from '../../../src/adapters/fs/repository-lock.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { type MemoryLog, memoryLog } from '../../support/memory-ports.ts';

const gun = parseGun('docker.io/alice/demo');
const patience: Patience = { poll: 5, notice: 40, wait: 400, heartbeat: 20, silence: 150 };

let trustDir: string;
let folder: string;
let path: string;
let log: MemoryLog;

beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'lock-'));
  folder = join(trustDir, 'tuf', gun);
  path = join(folder, '.publish.lock');
  log = memoryLog();
});

afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

const open = (limits: Patience = patience) =>
  openCollectionLock(trustDir, gun, { uuid: randomUUID, log, patience: limits });
const pause = (milliseconds: number) => new Promise((resolve) => void setTimeout(resolve, milliseconds));

/** Leaves the lock of somebody else. */
function heldBy(owner: Partial<LockOwner>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, JSON.stringify({ ...thisProcess('somebody'), ...owner }));
}

/** The ID of a process that was, and is no more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('G25 the lock of a GUN', () => {
  it('the lock of a GUN takes the directories that it has made with it when the work fails and has left nothing', async () => {
    const failing = open().hold(async () => Promise.reject(new Error('refused')));
    await expect(failing).rejects.toThrow('refused');
    expect(readdirSync(trustDir)).toEqual([]);
  });

  it('the lock of a GUN leaves directories that were there, that hold a file, or whose work succeeded', async () => {
    mkdirSync(join(trustDir, 'tuf/docker.io'), { recursive: true });
    await expect(open().hold(async () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(readdirSync(join(trustDir, 'tuf'))).toEqual(['docker.io']);
    expect(readdirSync(join(trustDir, 'tuf/docker.io'))).toEqual([]);
    const leaving = open().hold(async () => {
      writeFileSync(join(folder, 'left'), '');
      throw new Error('refused');
    });
    await expect(leaving).rejects.toThrow('refused');
    expect(readdirSync(folder)).toEqual(['left']);
    rmSync(folder, { recursive: true });
    await open().hold(async () => undefined);
    expect(existsSync(folder)).toBe(true);
  });

  it('the lock of a GUN lets one piece of work after the other have its turn', async () => {
    const inside: number[] = [];
    let now = 0;
    const work = async () => {
      inside.push(++now);
      await pause(10);
      now--;
    };
    await Promise.all(Array.from({ length: 8 }, () => open({ ...patience, wait: 20_000 }).hold(work)));
    expect(inside).toEqual(Array(8).fill(1));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('the lock of a GUN is a private file that names its owner, and is gone after the work, done or failed', async () => {
    await open().hold(async () => {
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
      expect(readdirSync(folder)).toEqual(['.publish.lock']);
    });
    expect(existsSync(path)).toBe(false);
    await expect(open().hold(async () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(existsSync(path)).toBe(false);
  });

  it('the lock of another GUN is no hindrance, also of one that lies below', async () => {
    const below = openCollectionLock(trustDir, parseGun(`${gun}/sub`), { uuid: randomUUID, log, patience });
    expect(await open().hold(() => below.hold(async () => 'both'))).toBe('both');
  });

  it('a lock whose holder lives is waited for with a message, and in the end is an error that names the holder', async () => {
    heldBy({});
    await expect(open().hold(async () => 'never')).rejects.toMatchObject({
      code: 'COLLECTION_BUSY',
      details: { pid: process.pid, gun },
    });
    expect(log.messages('warn')).toEqual([`waiting for process ${process.pid}, which is publishing ${gun}`]);
    expect(existsSync(path)).toBe(true);
  });

  it('a lock is waited for also when its holder deletes the directory that it lies in', async () => {
    const first = open({ ...patience, wait: 20_000 });
    let waiting: Promise<string> | undefined;
    await first.hold(async () => {
      waiting = open({ ...patience, wait: 20_000 }).hold(async () => 'done');
      await pause(50);
    });
    rmSync(folder, { recursive: true, force: true });
    expect(await waiting).toBe('done');
    expect(log.messages('warn').filter((message) => message.includes('without a lock'))).toEqual([]);
  });

  it('a lock whose holder has died is taken over at once', async () => {
    heldBy({ pid: deadPid() });
    expect(await open({ ...patience, silence: 60_000 }).hold(async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a lock whose holder was killed in its work is taken over at once', async () => {
    mkdirSync(folder, { recursive: true });
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = child.pid ?? 0;
    const ended = new Promise((resolve) => child.on('exit', resolve));
    heldBy({ pid, started: '' });
    child.kill('SIGKILL');
    await ended;
    expect(await open({ ...patience, silence: 60_000 }).hold(async () => 'done')).toBe('done');
  });

  it.skipIf(process.platform !== 'linux')(
    'a lock whose holder’s process number another process has now is taken over',
    async () => {
      heldBy({ started: '1' });
      expect(await open({ ...patience, silence: 60_000 }).hold(async () => 'done')).toBe('done');
    },
  );

  it('a lock that is held on another machine counts until it gives no sign of life any more', async () => {
    heldBy({ place: 'elsewhere/boot/pid' });
    const held = setInterval(() => heldBy({ place: 'elsewhere/boot/pid' }), 20);
    const turn = open({ ...patience, wait: 20_000 }).hold(async () => 'done');
    const first = await Promise.race([turn, pause(400).then(() => 'waiting')]);
    clearInterval(held);
    expect(first).toBe('waiting');
    expect(await turn).toBe('done');
  });

  it('a lock gives signs of life while the work goes on', async () => {
    await open().hold(async () => {
      const before = statSync(path).mtimeMs;
      await expect.poll(() => statSync(path).mtimeMs).toBeGreaterThan(before);
    });
  });

  it.each(['', '{', '{"id":1}', 'null'])(
    'a lock file that reads %j is taken over after a while',
    async (text) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, text);
      expect(await open({ ...patience, wait: 20_000 }).hold(async () => 'done')).toBe('done');
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('a directory in place of a lock file is an error that names it', async () => {
    mkdirSync(path, { recursive: true });
    await expect(open().hold(async () => 'never')).rejects.toMatchObject({
      code: 'COLLECTION_BUSY',
      details: { file: path },
    });
  });

  it('a lock left behind twice, by its owner and by the process that was clearing it, is taken over', async () => {
    heldBy({ pid: deadPid() });
    writeFileSync(`${path}.clearing`, '');
    expect(await open({ ...patience, wait: 20_000 }).hold(async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('an abandoned lock that many processes want is taken over by one at a time', async () => {
    heldBy({ pid: deadPid() });
    let now = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++now);
      await pause(3);
      now--;
    };
    await Promise.all(Array.from({ length: 12 }, () => open({ ...patience, wait: 20_000 }).hold(work)));
    expect(most).toBe(1);
  });

  it('the client does without a lock that cannot be kept, after a warning', async () => {
    mkdirSync(join(trustDir, 'tuf', 'docker.io'), { recursive: true });
    writeFileSync(join(trustDir, 'tuf', 'docker.io', 'alice'), 'a file in the way');
    expect(await open().hold(async () => 'done')).toBe('done');
    expect(log.records).toMatchObject([{ level: 'warn', code: 'LOCK_UNAVAILABLE' }]);
  });
});
