import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFolder, removeFile, writeAtomically } from '../../../src/adapters/fs/atomic-write.ts';
import { openChangelist } from '../../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../../src/adapters/fs/file-key-storage.ts';
import { openMetadataStore } from '../../../src/adapters/fs/file-metadata-store.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryClock, memoryLog } from '../../support/memory-ports.ts';

/** What happens to the calls of the code under test; `undefined` lets a call through. */
type Interfere = (call: string, ...args: readonly unknown[]) => unknown;
const faults = vi.hoisted(() => ({ interfere: undefined as Interfere | undefined }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const watched = [
    'openSync',
    'fchmodSync',
    'writeSync',
    'fsyncSync',
    'closeSync',
    'renameSync',
    'rmSync',
    'unlinkSync',
    'mkdirSync',
  ];
  const replaced = watched.map((name) => {
    const call = real[name as 'openSync'] as (...args: readonly unknown[]) => unknown;
    return [
      name,
      (...args: readonly unknown[]) => faults.interfere?.(name, ...args) ?? call(...args),
    ] as const;
  });
  return { ...real, ...Object.fromEntries(replaced) };
});

const errno = (code: string) => Object.assign(new Error(`${code}: from the test`), { code });
const text = (path: string) => fs.readFileSync(path, 'utf8');
const mode = (path: string) => (fs.statSync(path).mode & 0o777).toString(8);
const bytes = (content: string) => Buffer.from(content);

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tsnotary-'));
});
afterEach(() => {
  faults.interfere = undefined;
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('an atomic write', () => {
  test('an atomic write creates a file of mode 0600 whatever the umask', () => {
    for (const umask of [0o000, 0o022, 0o377]) {
      const path = join(folder, umask.toString());
      const before = process.umask(umask);
      writeAtomically(path, bytes('content'));
      process.umask(before);
      expect([text(path), mode(path)]).toEqual(['content', '600']);
    }
  });

  test('an atomic write never lets a file be readable by others, not even for a moment', () => {
    const modes: unknown[] = [];
    faults.interfere = (call, ...args) => {
      if (call === 'openSync' && args[1] !== 'r') modes.push(args[1], args[2]);
      return undefined;
    };
    writeAtomically(join(folder, 'x'), bytes('content'));
    expect(modes).toEqual(['wx', 0o600]);
  });

  test('an atomic write replaces the content and leaves nothing else behind', () => {
    const path = join(folder, 'x');
    fs.writeFileSync(path, 'a longer content than the new one', { mode: 0o666 });
    writeAtomically(path, bytes('new'));
    expect([text(path), mode(path), fs.readdirSync(folder)]).toEqual(['new', '600', ['x']]);
  });

  test('an atomic write replaces a symbolic link and leaves alone what it points to', () => {
    fs.writeFileSync(join(folder, 'elsewhere'), 'precious');
    fs.symlinkSync('elsewhere', join(folder, 'x'));
    writeAtomically(join(folder, 'x'), bytes('new'));
    expect([text(join(folder, 'elsewhere')), fs.lstatSync(join(folder, 'x')).isFile()]).toEqual([
      'precious',
      true,
    ]);
  });

  test('an atomic write goes on after a short write', () => {
    let calls = 0;
    const real = fs.writevSync;
    faults.interfere = (call, ...args) => {
      if (call !== 'writeSync') return undefined;
      calls++;
      const [file, content, offset] = args as [number, Buffer, number];
      return real(file, [content.subarray(offset, offset + 3)]);
    };
    writeAtomically(join(folder, 'x'), bytes('0123456789'));
    expect([text(join(folder, 'x')), calls]).toEqual(['0123456789', 4]);
  });

  test('an atomic write forces the content to disk before the file takes its place, and the directory after', () => {
    const calls: string[] = [];
    faults.interfere = (call) => {
      calls.push(call);
      return undefined;
    };
    writeAtomically(join(folder, 'x'), bytes('content'));
    expect(calls.filter((call) => call === 'fsyncSync' || call === 'renameSync')).toEqual([
      'fsyncSync',
      'renameSync',
      'fsyncSync',
    ]);
  });

  test.each([
    ['openSync', 'EACCES', 'open PATH: permission denied'],
    ['openSync', 'EROFS', 'open PATH: read-only file system'],
    ['writeSync', 'ENOSPC', 'write PATH: no space left on device'],
    ['fsyncSync', 'EIO', 'write PATH: input/output error'],
    ['renameSync', 'EXDEV', 'open PATH: EXDEV: from the test'],
  ])(
    'an atomic write that fails in %s with %s keeps the old content and cleans up',
    (failing, code, message) => {
      const path = join(folder, 'x');
      fs.writeFileSync(path, 'old');
      faults.interfere = (call) => {
        if (call === failing) throw errno(code);
        return undefined;
      };
      expect(() => writeAtomically(path, bytes('new'))).toThrow(
        expect.objectContaining({
          code: 'FILE_UNWRITABLE',
          message: message.replace('PATH', path),
          details: { file: path },
        }),
      );
      expect([text(path), fs.readdirSync(folder)]).toEqual(['old', ['x']]);
    },
  );

  test('an atomic write that is cut off at any system call leaves the old content or the new one', () => {
    const outcomes = new Set<string>();
    for (let survived = 0; ; survived++) {
      const path = join(folder, `${survived}`, 'x');
      fs.mkdirSync(join(folder, `${survived}`));
      fs.writeFileSync(path, 'old');
      let calls = 0;
      // After the cut nothing happens any more, as after kill -9: no cleaning up either.
      faults.interfere = () => {
        if (calls++ >= survived) throw errno('EIO');
        return undefined;
      };
      let cut = true;
      try {
        writeAtomically(path, bytes('new'));
        cut = calls > survived;
      } catch {
        // As it must be.
      }
      faults.interfere = undefined;
      outcomes.add(text(path));
      expect(['old', 'new']).toContain(text(path));
      if (!cut) break;
    }
    expect(outcomes).toEqual(new Set(['old', 'new']));
  });

  test('an atomic write onto a directory names it and leaves nothing behind', () => {
    fs.mkdirSync(join(folder, 'x/y'), { recursive: true });
    expect(() => writeAtomically(join(folder, 'x'), bytes('new'))).toThrow(
      `open ${join(folder, 'x')}: is a directory`,
    );
    expect(fs.readdirSync(folder, { recursive: true })).toEqual(['x', 'x/y']);
  });

  test('an atomic write takes the place of an empty directory, in which nothing is lost', () => {
    fs.mkdirSync(join(folder, 'x'));
    writeAtomically(join(folder, 'x'), bytes('new'));
    expect([text(join(folder, 'x')), fs.readdirSync(folder)]).toEqual(['new', ['x']]);
  });
});

describe('a file that is not finished', () => {
  test('a file that is not finished never lies in the changelist, where it would be a change, nor has the name of a key file', async () => {
    const gun = parseGun('docker.io/lib/alpine');
    const opened: string[] = [];
    faults.interfere = (call, path, flags) => {
      if (call === 'openSync' && flags === 'wx') opened.push(String(path));
      return undefined;
    };
    const log = memoryLog();
    await openChangelist(folder, gun, memoryClock(), randomUUID, log).add(bytes('change'));
    await openKeyStorage(folder, log).set('id', bytes('key'));
    await openMetadataStore(folder, gun).set('targets/releases', bytes('metadata'));
    expect(opened.map((path) => dirname(path.slice(folder.length)))).toEqual([
      '/tuf/docker.io/lib/alpine',
      '/private',
      '/tuf/docker.io/lib/alpine/metadata/targets',
    ]);
    for (const path of opened) expect(path).toMatch(/\.tmp$/);
  });
});

describe('a new directory', () => {
  test('a new directory is made with those above it, mode 0700 whatever the umask', () => {
    const before = process.umask(0o277);
    makeFolder(join(folder, 'a/b/c'));
    process.umask(before);
    expect(['a', 'a/b', 'a/b/c'].map((name) => mode(join(folder, name)))).toEqual(['700', '700', '700']);
  });

  test('a new directory that exists keeps its mode', () => {
    fs.mkdirSync(join(folder, 'a'));
    fs.chmodSync(join(folder, 'a'), 0o755);
    makeFolder(join(folder, 'a/b'));
    expect(mode(join(folder, 'a'))).toBe('755');
  });

  test('a new directory below a file names the file', () => {
    fs.writeFileSync(join(folder, 'a'), '');
    for (const path of ['a', 'a/b', 'a/b/c']) {
      expect(() => makeFolder(join(folder, path))).toThrow(`mkdir ${join(folder, 'a')}: not a directory`);
    }
  });

  test('a new directory that another process makes at the same time is no error', () => {
    faults.interfere = (call, path) => {
      if (call !== 'mkdirSync') return undefined;
      faults.interfere = undefined;
      fs.mkdirSync(String(path));
      return undefined;
    };
    makeFolder(join(folder, 'a'));
    expect(fs.statSync(join(folder, 'a')).isDirectory()).toBe(true);
  });

  test('a new directory that cannot be made is named', () => {
    faults.interfere = (call) => {
      if (call === 'mkdirSync') throw errno('EROFS');
      return undefined;
    };
    expect(() => makeFolder(join(folder, 'a/b'))).toThrow(
      `mkdir ${join(folder, 'a')}: read-only file system`,
    );
  });
});

describe('removing a file', () => {
  test('removing a file is no error when it is gone, and names it when it cannot be removed', () => {
    const path = join(folder, 'x');
    fs.writeFileSync(path, '');
    removeFile(path);
    removeFile(path);
    expect(fs.existsSync(path)).toBe(false);
    faults.interfere = (call) => {
      if (call === 'unlinkSync') throw errno('EPERM');
      return undefined;
    };
    expect(() => removeFile(path)).toThrow(`remove ${path}: operation not permitted`);
  });
});
