/**
 * Locks by a file that names its owner.
 *
 * Node has no locks that the system releases when a process dies, so this process takes over a lock whose owner is
 * gone: at once where it can look up the owner's process ID, and elsewhere (a shared directory, another container)
 * once the owner has sent no heartbeat for a while.
 */

import { linkSync, lstatSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { goJson } from '../../encoding/canonical-json.ts';
import { asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import { NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';
import { hasDied, type LockOwner } from './lock-owner.ts';
import { readRegularFile } from './read-file.ts';
import { temporaryPath } from './temporary-files.ts';

/** Errors of file systems that cannot create a link "only if there is none". */
const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** One lock as one process sees it. Its directory must exist. */
export class LockFile {
  readonly path: string;
  readonly #silence: number;
  /** The last heartbeat of a holder that this process has seen, and when it first saw it. */
  #sign = { of: '', at: 0 };
  /** The guard of a clearing that another process has begun, and since when this one has watched it (milliseconds). */
  #guard: { readonly since: number; readonly at: number } | undefined;

  /**
   * @param silence milliseconds without a heartbeat after which an owner that cannot be looked up counts as dead
   */
  constructor(path: string, silence: number) {
    this.path = path;
    this.#silence = silence;
  }

  /** True when the lock was free and is the owner's now. @throws NotaryError FILE_UNWRITABLE */
  create(owner: LockOwner): boolean {
    const { id, pid, place, started } = owner;
    const text = goJson(new Map<string, string | number>(Object.entries({ id, pid, place, started })));
    const draft = temporaryPath(dirname(this.path), this.path);
    try {
      // A link appears with its content, so no process ever reads half of it.
      writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
      linkOrWrite(draft, this.path, text);
      return true;
    } catch (cause) {
      if (errorCode(cause) === 'EEXIST') return false;
      throw new NotaryError('FILE_UNWRITABLE', `open ${this.path}: ${systemReason(cause)}`, {
        details: { file: this.path },
        cause,
      });
    } finally {
      quietly(() => rmSync(draft, { force: true }));
    }
  }

  /**
   * The process that holds the lock; undefined when the lock is free. An unreadable file is a holder without a
   * name.
   */
  holder(): LockOwner | undefined {
    if (lstatSync(this.path, { throwIfNoEntry: false }) === undefined) return undefined;
    return quietly(() => readOwner(this.path)) ?? unnamedOwner;
  }

  get #guardPath(): string {
    return `${this.path}.clearing`;
  }

  isAbandoned(holder: LockOwner): boolean {
    // A clearing that another process began is watched from now on, so that both waits run at the same time.
    this.#watchGuard();
    const died = holder.pid > 0 ? hasDied(holder) : undefined;
    if (died !== undefined) return died;
    const sign = `${holder.id}/${String(lstatSync(this.path, { throwIfNoEntry: false })?.mtimeMs)}`;
    const now = performance.now();
    if (sign !== this.#sign.of) this.#sign = { of: sign, at: now };
    return now - this.#sign.at > this.#silence;
  }

  /**
   * Removes an abandoned lock, unless another process has done so and holds it now.
   *
   * @returns false when it could not be removed, or another process is removing it
   */
  clear(abandoned: LockOwner): boolean {
    const guard = this.#guardPath;
    try {
      writeFileSync(guard, '', { flag: 'wx', mode: 0o600 });
    } catch {
      if (this.#isLeftOver()) quietly(() => rmSync(guard, { force: true }));
      return false;
    }
    // The caller waits for a lock that cannot be removed, and names it in its error.
    if (this.holder()?.id === abandoned.id) quietly(() => unlinkSync(this.path));
    quietly(() => rmSync(guard, { force: true }));
    return this.holder()?.id !== abandoned.id;
  }

  /**
   * Clearing takes a moment: the process that began it long ago has died over it. Where the time of the file lies in
   * the future, since a clock was set back, this process watches the file for as long.
   */
  #isLeftOver(): boolean {
    const guard = this.#watchGuard();
    if (guard === undefined) return false;
    return Date.now() - guard.since > this.#silence || performance.now() - guard.at > this.#silence;
  }

  /** Notes since when this process has seen the present guard; undefined when there is none. */
  #watchGuard() {
    const since = lstatSync(this.#guardPath, { throwIfNoEntry: false })?.mtimeMs;
    if (since === undefined) this.#guard = undefined;
    else if (since !== this.#guard?.since) this.#guard = { since, at: performance.now() };
    return this.#guard;
  }

  /** Writes a heartbeat. */
  touch(): void {
    quietly(() => utimesSync(this.path, new Date(), new Date()));
  }

  release(owner: LockOwner): void {
    if (this.holder()?.id === owner.id) quietly(() => rmSync(this.path, { force: true }));
  }
}

/** A holder that left no name. */
const unnamedOwner: LockOwner = { id: '', pid: 0, place: '', started: '' };

function readOwner(path: string): LockOwner | undefined {
  const file = readRegularFile(path, { followLinks: false });
  if (file === undefined) return undefined;
  const fields = asObject(readJson(file.bytes), 'lock');
  const text = (name: string) => asString(fields.get(name), name);
  return {
    id: text('id'),
    pid: asInteger(fields.get('pid'), 'pid'),
    place: text('place'),
    started: text('started'),
  };
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function linkOrWrite(draft: string, path: string, text: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!noLinks.includes(errorCode(error))) throw error;
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  }
}
