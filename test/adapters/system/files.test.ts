import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemFiles } from '../../../src/adapters/system/files.ts';
import type { Files } from '../../../src/ports/files.ts';

let folder: string;
let files: Files;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnotary-files-'));
  files = systemFiles(folder, async () => Buffer.from('in'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refused = (code: string, message: string) => expect.objectContaining({ code, message }) as Error;
const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;

describe('files that the user names', () => {
  it('files that the user names are read from the working directory, whole or in pieces', async () => {
    const bytes = Buffer.alloc(600_000, 'abc');
    writeFileSync(join(folder, 'f'), bytes);
    expect(bytes.equals(await files.read('f'))).toBe(true);
    expect(bytes.equals(await files.read(join(folder, 'f')))).toBe(true);
    let total = 0;
    let pieces = 0;
    for await (const piece of files.chunks('f')) {
      total += piece.length;
      pieces++;
    }
    expect([total, pieces > 1]).toEqual([600_000, true]);
  });

  it('are made only where nothing has the name, in a directory that is there', async () => {
    writeFileSync(join(folder, 'f'), '');
    symlinkSync('nowhere', join(folder, 'link'));
    expect(await files.obstacle('new')).toBeUndefined();
    expect(await files.obstacle('f')).toBe('taken');
    expect(await files.obstacle('link')).toBe('taken');
    expect(await files.obstacle('none/new')).toBe('no folder');
    expect(await files.obstacle('f/new')).toBe('unwritable');
  });

  it('are refused when they are longer than 100 MiB, or than the caller takes', async () => {
    writeFileSync(join(folder, 'large'), '');
    truncateSync(join(folder, 'large'), 100 * 1024 * 1024 + 1);
    await expect(files.read('large')).rejects.toThrow(
      refused('FILE_UNREADABLE', 'read large: larger than 104857600 bytes'),
    );
    expect(await files.read('large', 100 * 1024 * 1024 + 1)).toHaveLength(100 * 1024 * 1024 + 1);
  });

  it('a file that cannot be read is named in the error as the user named it', async () => {
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'f'), '');
    await expect(files.read('gone')).rejects.toThrow(
      refused('FILE_UNREADABLE', 'open gone: no such file or directory'),
    );
    await expect(files.read('gone')).rejects.toMatchObject({ details: { file: 'gone', missing: true } });
    await expect(files.read('d')).rejects.toThrow(refused('FILE_UNREADABLE', 'read d: is a directory'));
    await expect(files.read('f/x')).rejects.toThrow(refused('FILE_UNREADABLE', 'open f/x: not a directory'));
  });

  it('files that the user names are created with the mode asked for, and keep the one they have', async () => {
    await files.write('new', Buffer.from('x'), 0o600);
    writeFileSync(join(folder, 'old'), 'longer than before');
    chmodSync(join(folder, 'old'), 0o644);
    await files.write('old', Buffer.from('x'), 0o600);
    expect([mode('new'), mode('old')]).toEqual([0o600, 0o644]);
    expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('x');
    await expect(files.write('no/x', Buffer.from('x'), 0o600)).rejects.toThrow(
      refused('FILE_UNWRITABLE', 'open no/x: no such file or directory'),
    );
  });

  it.each([0, 5, 400])(
    'files of two names that the user names are overwritten whole, from %i bytes on',
    async (length) => {
      writeFileSync(join(folder, 'one'), 'x'.repeat(length));
      linkSync(join(folder, 'one'), join(folder, 'two'));
      await files.write('one', Buffer.from('y'.repeat(100)), 0o600);
      expect(readFileSync(join(folder, 'two'), 'utf8')).toBe('y'.repeat(100));
      rmSync(join(folder, 'two'));
    },
  );

  it('files with private keys get their mode whatever was there, and are never written through a link', async () => {
    writeFileSync(join(folder, 'old'), 'x');
    chmodSync(join(folder, 'old'), 0o666);
    await files.writePrivate('old', Buffer.from('key'));
    expect([mode('old'), readFileSync(join(folder, 'old'), 'utf8')]).toEqual([0o600, 'key']);
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    await expect(files.writePrivate('link', Buffer.from('key'))).rejects.toThrow(
      refused('FILE_UNWRITABLE', 'open link: too many levels of symbolic links'),
    );
  });

  it('files that the user names beside another file are found there when their path is relative', () => {
    expect(files.beside('/etc/x/c.json', 'ca.pem')).toBe('/etc/x/ca.pem');
    expect(files.beside('/etc/x/c.json', '/ca.pem')).toBe('/ca.pem');
    expect(files.absolute('a/../b')).toBe(join(folder, 'b'));
  });

  it('standard input is an input like the files that the user names', async () => {
    expect(Buffer.from(await files.stdin()).toString()).toBe('in');
  });
});
