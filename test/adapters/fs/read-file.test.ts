import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readListedFile, readRegularFile } from '../../../src/adapters/fs/read-file.ts';

let folder: string;
let secret: string;
let link: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-file-'));
  secret = join(folder, 'secret');
  link = join(folder, 'link');
  writeFileSync(secret, 'secret', { mode: 0o640 });
  symlinkSync(secret, link);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('reading a regular file', () => {
  it('reading a regular file gives its bytes and its permission bits', () => {
    const file = readRegularFile(secret, { followLinks: false });
    expect([Buffer.from(file?.bytes ?? []).toString(), file?.mode]).toEqual(['secret', 0o640]);
  });

  it('reading a regular file follows a link only where links may stand for files', () => {
    expect(readRegularFile(link, { followLinks: true })?.bytes).toEqual(Buffer.from('secret'));
    expect(readRegularFile(link, { followLinks: false })).toBeUndefined();
  });

  it('reading a regular file does not follow a link that has taken the place of a file since the directory was listed', () => {
    let caught: unknown;
    let read: unknown;
    try {
      read = readListedFile(link);
    } catch (error) {
      caught = error;
    }
    expect(read).toBeUndefined();
    expect(caught).toMatchObject({ code: 'FILE_UNREADABLE', details: { file: link } });
  });

  it('reading a regular file gives nothing for a file that is gone since the directory was listed', () => {
    expect(readListedFile(join(folder, 'gone'))).toBeUndefined();
  });

  it('reading a regular file refuses a directory that has taken the place of a file since the listing', () => {
    expect(() => readListedFile(folder)).toThrow(`read ${folder}: is a directory`);
  });

  it('reading a regular file that was listed gives all of its bytes, whatever its length', () => {
    for (const length of [0, 1, 8191, 8192, 8193, 30_000]) {
      const bytes = Buffer.alloc(length, 'ab');
      writeFileSync(secret, bytes);
      expect(Buffer.from(readListedFile(secret) ?? 'none').equals(bytes)).toBe(true);
    }
  });

  it('reading one listed file after another leaves the bytes of the first as they are', () => {
    const first = readListedFile(secret);
    writeFileSync(secret, 'public');
    readListedFile(secret);
    expect(first).toEqual(Buffer.from('secret'));
  });

  it('reading a listed file refuses a FIFO that has taken its place, and does not wait for a writer', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(() => readListedFile(fifo)).toThrow(`read ${fifo}: not a regular file`);
  });
});
