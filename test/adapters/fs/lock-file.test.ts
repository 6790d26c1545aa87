import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockFile } from '../../../src/adapters/fs/lock-file.ts';
import { type LockOwner, thisProcess } from '../../../src/adapters/fs/lock-owner.ts';

const silence = 1000;
const abandoned: LockOwner = { ...thisProcess('abandoned'), pid: 0 };
const successor = thisProcess('successor');

let folder: string;
let lock: LockFile;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-file-'));
  lock = new LockFile(join(folder, '.publish.lock'), silence);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const guard = () => `${lock.path}.clearing`;

describe('a lock file', () => {
  it('a lock file belongs to the first that creates it', () => {
    expect(lock.create(successor)).toBe(true);
    expect(lock.create(abandoned)).toBe(false);
    expect(lock.holder()).toEqual(successor);
    expect(readdirSync(folder)).toEqual(['.publish.lock']);
  });

  it('a lock file is cleared of the owner that abandoned it', () => {
    lock.create(abandoned);
    expect(lock.clear(abandoned)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a lock file stays with the process that has taken it over since the abandoned owner was seen', () => {
    lock.create(successor);
    const before = readFileSync(lock.path);
    lock.clear(abandoned);
    expect(readFileSync(lock.path)).toEqual(before);
    expect(lock.holder()).toEqual(successor);
    expect(existsSync(guard())).toBe(false);
  });

  it('a lock file is not released by a process that lost it to another', () => {
    lock.create(successor);
    lock.release(abandoned);
    expect(lock.holder()).toEqual(successor);
    lock.release(successor);
    expect(lock.holder()).toBeUndefined();
  });

  it('a lock file is cleared by one process at a time', () => {
    lock.create(abandoned);
    writeFileSync(guard(), '');
    expect(lock.clear(abandoned)).toBe(false);
    expect(lock.holder()).toEqual(abandoned);
    expect(existsSync(guard())).toBe(true);
  });

  it('a lock file is cleared after all when the process that was clearing it died long ago', () => {
    lock.create(abandoned);
    writeFileSync(guard(), '');
    const longAgo = new Date(Date.now() - 2 * silence);
    utimesSync(guard(), longAgo, longAgo);
    expect(lock.clear(abandoned)).toBe(false);
    expect(lock.clear(abandoned)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is cleared after all when the clearing was begun under a clock that was set back since', async () => {
    lock.create(abandoned);
    writeFileSync(guard(), '');
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(guard(), later, later);
    expect(lock.clear(abandoned)).toBe(false);
    expect(existsSync(guard())).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, silence + 50));
    expect(lock.clear(abandoned)).toBe(false);
    expect(lock.clear(abandoned)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});
