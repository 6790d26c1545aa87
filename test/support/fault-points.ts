/**
 * Counts the calls with which a program changes the disk below a directory, and makes the n-th of them go wrong.
 *
 * Given to node with --require (translated, see `fault-points-preload.ts`) it disturbs that process, by the environment:
 *
 *     FAULT_BELOW   the directory
 *     FAULT_AT      n, from 1
 *     FAULT_MODE    kill | half | short | ENOSPC | EIO
 *     FAULT_REPORT  file that gets one line when the n-th call is met: its name and path
 *
 * `kill` is a SIGKILL in place of the call; `half` writes half of the bytes first; `short` writes half of
 * them and says so; the others are errors of the system. `half` and `short` are for writes: at any other
 * call they only report.
 */

type Call = (...args: unknown[]) => unknown;
type Calls = Record<string, Call>;

/** The modules themselves, whose members can be replaced. */
const fs = process.getBuiltinModule('node:fs') as unknown as Calls;
const promises = process.getBuiltinModule('node:fs/promises') as unknown as Calls;
const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
const paths = process.getBuiltinModule('node:path');
const real = { ...process.getBuiltinModule('node:fs') };
const realCalls = real as unknown as Calls;

export interface Plan {
  readonly below: string;
  readonly at: number;
  readonly mode: string;
  /** Told when the n-th call is met. */
  readonly report: (met: string) => void;
}

const errors: Readonly<Record<string, number>> = { ENOSPC: -28, EIO: -5 };
const files = new Map<unknown, string>();
let plan: Plan | undefined;
let count = 0;

function isBelow(path: unknown): path is string {
  if (plan === undefined || typeof path !== 'string') return false;
  return (paths.resolve(path) + paths.sep).startsWith(plan.below + paths.sep);
}

function isWriting(flags: unknown): boolean {
  if (typeof flags !== 'number') return /[wax+]/.test(typeof flags === 'string' ? flags : 'r');
  const { O_WRONLY, O_RDWR, O_CREAT } = real.constants;
  return (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives at once, but nothing more may happen until it has.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Counts a call. Answers how many bytes of a write may pass, or undefined when all is well. */
function meet(name: string, path: string, length?: number): number | undefined {
  count++;
  if (count !== plan?.at) return undefined;
  plan.report(`${name} ${path}`);
  const { mode } = plan;
  if (mode === 'half' || mode === 'short') return length === undefined ? undefined : Math.floor(length / 2);
  if (mode === 'kill') die();
  const told = { code: mode, errno: errors[mode], syscall: name, path };
  throw Object.assign(new Error(`${mode}: from the test, ${name} '${path}'`), told);
}

/** Writes so many of the bytes as may pass; answers how many. */
function write(name: string, file: number, path: string, bytes: Uint8Array, start: number, length: number) {
  const part = meet(name, path, length);
  const done = real.writeSync(file, bytes, start, part ?? length);
  if (part !== undefined && plan?.mode === 'half') die();
  return done;
}

function memberOf(module: Calls, name: string): Call {
  const call = module[name];
  if (call === undefined) throw new Error(`no function ${name}`);
  return call;
}

/** Replaces calls that name what they change in one of their arguments. */
function watch(module: Calls, names: readonly string[], argument: number): void {
  for (const name of names) {
    const call = memberOf(module, name);
    module[name] = (...args) => {
      const path = args[argument];
      if (isBelow(path)) meet(name, path);
      return call(...args);
    };
  }
}

/** One step at a time, as the system does it. */
function removeAll(path: string, options: { readonly recursive?: boolean; readonly force?: boolean }): void {
  const stats = real.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined && options.force === true) return;
  if (stats?.isDirectory() === true && options.recursive === true) {
    for (const name of real.readdirSync(path)) removeAll(paths.join(path, name), options);
    fs['rmdirSync']?.(path);
  } else fs['unlinkSync']?.(path);
}

function replaceCalls(): void {
  watch(fs, ['mkdirSync', 'unlinkSync', 'rmdirSync', 'chmodSync', 'truncateSync', 'utimesSync'], 0);
  watch(fs, ['renameSync', 'linkSync', 'symlinkSync', 'copyFileSync'], 1);
  watch(promises, ['mkdir', 'unlink', 'rmdir', 'chmod', 'rm', 'truncate', 'writeFile', 'appendFile'], 0);
  watch(promises, ['rename', 'link', 'symlink', 'copyFile'], 1);

  fs['openSync'] = (path, flags, ...rest) => {
    if (isBelow(path) && isWriting(flags)) meet('openSync', path);
    const file = realCalls['openSync']?.(path, flags, ...rest);
    if (isBelow(path)) files.set(file, path);
    return file;
  };

  fs['closeSync'] = (file) => {
    files.delete(file);
    return realCalls['closeSync']?.(file);
  };

  for (const name of ['fsyncSync', 'fdatasyncSync', 'fchmodSync', 'ftruncateSync', 'futimesSync']) {
    fs[name] = (file, ...rest) => {
      const path = files.get(file);
      if (path !== undefined) meet(name, path);
      return realCalls[name]?.(file, ...rest);
    };
  }

  fs['writeSync'] = (file, bytes, start = 0, ...rest) => {
    const path = files.get(file);
    if (path === undefined) return realCalls['writeSync']?.(file, bytes, start, ...rest);
    if (!(bytes instanceof Uint8Array) || typeof start !== 'number') throw new Error('write bytes');
    const [length = bytes.length - start] = rest as readonly (number | undefined)[];
    return write('writeSync', Number(file), path, bytes, start, length);
  };

  fs['rmSync'] = (path, options) =>
    isBelow(path) ? removeAll(path, options ?? {}) : realCalls['rmSync']?.(path, options);

  fs['writeFileSync'] = (path, content, options) => {
    if (!isBelow(path)) return realCalls['writeFileSync']?.(path, content, options);
    const { flag = 'w', mode = 0o666 } = (options ?? {}) as {
      readonly flag?: string;
      readonly mode?: number;
    };
    const bytes = Buffer.from(content as string);
    const file = memberOf(fs, 'openSync')(path, flag, mode);
    try {
      for (let done = 0; done < bytes.length; ) done += Number(memberOf(fs, 'writeSync')(file, bytes, done));
    } finally {
      memberOf(fs, 'closeSync')(file);
    }
    return undefined;
  };

  for (const name of ['appendFileSync', 'cpSync', 'mkdtempSync']) {
    fs[name] = (path, ...rest) => {
      if (isBelow(path)) throw new Error(`${name} has no steps that could be counted`);
      return realCalls[name]?.(path, ...rest);
    };
  }
}

function replaceHandles(): void {
  const openHandle = memberOf(promises, 'open');
  promises['open'] = async (path, flags, ...rest) => {
    if (!isBelow(path) || !isWriting(flags)) return openHandle(path, flags, ...rest);
    meet('open', path);
    const handle = (await openHandle(path, flags, ...rest)) as Calls & {
      readonly fd: number;
    };
    const { fd } = handle;
    for (const name of ['chmod', 'sync', 'datasync', 'truncate']) {
      const call = handle[name]?.bind(handle);
      handle[name] = async (...args) => {
        meet(name, path);
        return call?.(...args);
      };
    }
    handle['writeFile'] = async (bytes) => {
      const all = Buffer.from(bytes as Uint8Array);
      const done = write('writeFile', fd, path, all, 0, all.length);
      if (done < all.length) real.writeSync(fd, all, done);
    };
    handle['write'] = async (bytes, start = 0, length) => {
      const all = bytes as Uint8Array;
      const wanted = typeof length === 'number' ? length : all.length - Number(start);
      return {
        bytesWritten: write('write', fd, path, all, Number(start), wanted),
        buffer: bytes,
      };
    };
    return handle;
  };
}

function putBack(module: Calls, before: Calls): void {
  for (const [name, call] of Object.entries(before)) {
    if (module[name] !== call) module[name] = call;
  }
}

/** Disturbs this process from now on, until the function that is answered is called. */
export function disturb(by: Plan): () => void {
  const before = [{ ...fs }, { ...promises }] as const;
  plan = { ...by, below: paths.resolve(by.below) };
  count = 0;
  replaceCalls();
  replaceHandles();
  syncBuiltinESMExports();
  return () => {
    plan = undefined;
    files.clear();
    putBack(fs, before[0]);
    putBack(promises, before[1]);
    syncBuiltinESMExports();
  };
}

function taken(name: string): string {
  const value = process.env[name] ?? '';
  Reflect.deleteProperty(process.env, name);
  return value;
}

if (process.env['FAULT_BELOW'] !== undefined) {
  const report = taken('FAULT_REPORT');
  disturb({
    ...{
      below: taken('FAULT_BELOW'),
      at: Number(taken('FAULT_AT')),
      mode: taken('FAULT_MODE'),
    },
    report: (met) => {
      real.appendFileSync(report, `${met}\n`);
    },
  });
}
