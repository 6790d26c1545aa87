import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalCollection } from '../../../src/adapters/fs/delete-local-data.ts';
import { openChangelist } from '../../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../../src/adapters/fs/file-key-storage.ts';
import { openMetadataStore } from '../../../src/adapters/fs/file-metadata-store.ts';
import { sweepTemporaryFiles, temporaryPath } from '../../../src/adapters/fs/temporary-files.ts';
import { collectionFolder, keyFolder, metadataFolder } from '../../../src/adapters/fs/trust-dir.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryClock, memoryLog } from '../../support/memory-ports.ts';

const gun = parseGun('docker.io/lib/alpine');
const day = 24 * 60 * 60 * 1000;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnotary-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process ID that nobody has any more. */
function endedProcess(): number {
  return spawnSync('true').pid;
}

/** The name of a temporary file as a process of this machine would give it. */
function nameBy(pid: number, started: string): string {
  const own = basename(temporaryPath(folder, 'x.json'));
  return own.replace(/\.\d+-\d*-/, `.${pid}-${started}-`);
}

function leave(name: string, at = folder): string {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), 'half');
  return join(at, name);
}

describe('G22 temporary files', () => {
  it('temporary files have names that no reader takes for anything, however long the final name is', () => {
    const name = basename(temporaryPath(folder, `${'x'.repeat(251)}.key`));
    expect(name).toMatch(/^\.x+\.\d+-\d*-[0-9a-f]{12}-[0-9a-f-]{36}\.tmp$/);
    expect(name.length).toBeLessThan(160);
  });

  it('temporary files of a process that has ended are swept', () => {
    const path = leave(nameBy(endedProcess(), '1'));
    sweepTemporaryFiles(folder);
    expect(existsSync(path)).toBe(false);
  });

  it('temporary files of an earlier process that had the ID of this one are swept', () => {
    const path = leave(nameBy(process.pid, '1'));
    sweepTemporaryFiles(folder);
    expect(existsSync(path)).toBe(false);
  });

  it('temporary files of a process that lives stay, and those of one that had its ID before are swept', () => {
    const child = spawn('sleep', ['60']);
    try {
      const pid = child.pid ?? 0;
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      const [live, dead] = [leave(nameBy(pid, started)), leave(nameBy(pid, '1'))];
      sweepTemporaryFiles(folder);
      expect([existsSync(live), existsSync(dead)]).toEqual([true, false]);
    } finally {
      child.kill();
    }
  });

  it('temporary files of another machine or container stay for a day', () => {
    const elsewhere = nameBy(endedProcess(), '1').replace(/-[0-9a-f]{12}-/, '-0123456789ab-');
    const path = leave(elsewhere);
    sweepTemporaryFiles(folder);
    expect(existsSync(path)).toBe(true);
    const old = new Date(Date.now() - day - 60_000);
    utimesSync(path, old, old);
    sweepTemporaryFiles(folder);
    expect(existsSync(path)).toBe(false);
  });

  it('temporary files are files: links, directories and files of other names stay', () => {
    writeFileSync(join(folder, 'precious'), 'precious');
    const link = nameBy(endedProcess(), '1');
    symlinkSync('precious', join(folder, link));
    const directory = nameBy(endedProcess(), '1');
    mkdirSync(join(folder, directory));
    const others = ['.x.tmp', '.x.key.swp', 'x.tmp', nameBy(endedProcess(), '1').slice(1)].map((name) =>
      leave(name),
    );
    sweepTemporaryFiles(folder);
    expect(lstatSync(join(folder, link)).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toHaveLength(3 + others.length);
    sweepTemporaryFiles(join(folder, 'nowhere'));
  });

  it('temporary files are swept by every command that writes or removes in their directory', async () => {
    const log = memoryLog();
    const name = nameBy(endedProcess(), '1');
    const inKeys = () => leave(name, keyFolder(folder));
    const inMetadata = () => leave(name, metadataFolder(folder, gun));
    const besides = () => leave(name, collectionFolder(folder, gun));
    const bytes = Buffer.from('{}');
    const changelist = () => openChangelist(folder, gun, memoryClock(), () => 'u', log);
    const acts: readonly (readonly [() => string, () => Promise<void>])[] = [
      [inKeys, () => openKeyStorage(folder, log).set('id', bytes)],
      [inKeys, () => openKeyStorage(folder, log).remove('id')],
      [inMetadata, () => openMetadataStore(folder, gun).set('root', bytes)],
      [besides, () => changelist().add(bytes)],
      [besides, () => changelist().remove([])],
      [besides, () => openLocalCollection(folder, gun).remove()],
      [inMetadata, () => openLocalCollection(folder, gun).remove()],
    ];
    for (const [put, act] of acts) {
      const path = put();
      await act();
      expect(existsSync(path)).toBe(false);
    }
    expect(readdirSync(join(folder, 'tuf'))).toEqual([]);
  });
});
