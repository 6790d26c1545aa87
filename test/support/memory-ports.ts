/** Every port in memory: nothing here touches the disk, the network, the clock or real randomness. */

import { createHash } from 'node:crypto';
import type { ErrorCode } from '../../src/error-codes.ts';
import type { Clock, RandomBytes } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { PassphraseRequest, PassphraseRetriever, Prompter } from '../../src/ports/prompts.ts';
import type {
  ChangelistStore,
  KeyStorage,
  MetadataStore,
  RepositoryLock,
  RotationJournal,
  StoredChange,
  TrustDirFile,
  TrustDirMetadata,
  UploadJournal,
} from '../../src/ports/trust-dir.ts';

/** A clock that stands still until it is told to move. */
export interface MemoryClock extends Clock {
  /** Moves by this many milliseconds; negative moves back. */
  advance(milliseconds: number): void;
  set(to: Date): void;
}

const day = 24 * 60 * 60 * 1000;
export const days = (count: number): number => count * day;

/** The instant at which a MemoryClock starts unless told otherwise. Close to no limit of any fixture. */
export const epoch = new Date('2026-03-01T12:00:00Z');

export function memoryClock(start: Date = epoch): MemoryClock {
  let now = start.getTime();
  let last = 0n;
  return {
    now: () => new Date(now),
    unixNano() {
      const here = BigInt(now) * 1_000_000n;
      last = here > last ? here : last + 1n;
      return last;
    },
    async sleep(milliseconds) {
      now += milliseconds;
    },
    advance(milliseconds) {
      now += milliseconds;
    },
    set(to) {
      now = to.getTime();
    },
  };
}

/** The same bytes for the same seed on every run: SHA-256 of the seed and a counter. */
export function seededRandom(seed = 'seed'): RandomBytes {
  let counter = 0;
  let pool = Buffer.alloc(0);
  return (length) => {
    while (pool.length < length) {
      const block = createHash('sha256')
        .update(`${seed}/${String(counter++)}`)
        .digest();
      pool = Buffer.concat([pool, block]);
    }
    const bytes = new Uint8Array(pool.subarray(0, length));
    pool = pool.subarray(length);
    return bytes;
  };
}

export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly code?: string;
}

/** A Log that keeps its records. */
export interface MemoryLog extends Log {
  readonly records: readonly LogRecord[];
  /** The messages of one level, in order. */
  messages(level: LogRecord['level']): readonly string[];
}

export function memoryLog(): MemoryLog {
  const records: LogRecord[] = [];
  const add = (level: LogRecord['level'], message: string, code?: string) => {
    records.push(code === undefined ? { level, message } : { level, message, code });
  };
  return {
    records,
    messages: (level) => records.filter((record) => record.level === level).map(({ message }) => message),
    debug: (message) => add('debug', message),
    info: (message, code?: string) => add('info', message, code),
    notice: (message, code) => add('info', message, code),
    warn: (message, code?: string) => add('warn', message, code),
    error: (message, code?: ErrorCode) => add('error', message, code),
  };
}

/** A MetadataStore whose files are in `files`, open to the test for reading and tampering. */
export interface MemoryMetadataStore extends MetadataStore {
  readonly files: Map<string, Uint8Array>;
}

export function memoryMetadataStore(
  files: Iterable<readonly [string, Uint8Array]> = [],
): MemoryMetadataStore {
  const held = new Map(files);
  return {
    files: held,
    get: async (role) => held.get(role),
    set: async (role, bytes) => {
      held.set(role, bytes);
    },
    remove: async (role) => void held.delete(role),
    location: (role) => `memory:metadata/${role}.json`,
  };
}

/** A ChangelistStore; `add` names files as `0000.change`, `0001.change`, so that names sort in order. */
export interface MemoryChangelistStore extends ChangelistStore {
  readonly changes: Map<string, Uint8Array>;
}

export function memoryChangelistStore(): MemoryChangelistStore {
  const changes = new Map<string, Uint8Array>();
  let count = 0;
  return {
    changes,
    location: 'memory:changelist',
    strays: async () => [],
    list: async (): Promise<readonly StoredChange[]> =>
      [...changes]
        .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
        .map(([name, bytes]) => ({ name, bytes })),
    add: async (bytes) => {
      changes.set(`${String(count++).padStart(4, '0')}.change`, bytes);
    },
    remove: async (names) => {
      for (const name of names) changes.delete(name);
    },
  };
}

/** What a machine holds: the caches of its repositories by GUN. Base roles that list no keys are left out. */
export function memoryHeldMetadata(caches: ReadonlyMap<string, MemoryMetadataStore>): TrustDirMetadata {
  return {
    files: async (): Promise<readonly TrustDirFile[]> =>
      [...caches].flatMap(([gun, { files }]) =>
        [...files]
          .filter(([role]) => role !== 'snapshot' && role !== 'timestamp')
          .map(([role, bytes]) => ({
            ...{ gun, role, length: bytes.length, location: `memory:${gun}/metadata/${role}.json` },
            read: async () => bytes,
          })),
      ),
  };
}

/** Lets one piece of work after the other have its turn, as one process does for another. */
export function memoryLock(): RepositoryLock {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async hold(work) {
      const turn = last.then(work, work);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** A RotationJournal whose records are in `records`. */
export interface MemoryRotationJournal extends RotationJournal {
  readonly records: Map<string, Uint8Array>;
}

export function memoryRotationJournal(): MemoryRotationJournal {
  const records = new Map<string, Uint8Array>();
  return {
    records,
    read: async (role) => records.get(role),
    write: async (role, bytes) => void records.set(role, bytes),
    remove: async (role) => void records.delete(role),
    location: (role) => `memory:journal/${role}`,
  };
}

/** An UploadJournal whose record is in `record`. */
export interface MemoryUploadJournal extends UploadJournal {
  record: Uint8Array | undefined;
}

export function memoryUploadJournal(): MemoryUploadJournal {
  const journal: MemoryUploadJournal = {
    record: undefined,
    read: async () => journal.record,
    write: async (bytes) => {
      journal.record = bytes;
    },
    remove: async () => {
      journal.record = undefined;
    },
    location: 'memory:upload',
  };
  return journal;
}

/** A KeyStorage whose PEM files are in `files`. */
export interface MemoryKeyStorage extends KeyStorage {
  readonly files: Map<string, Uint8Array>;
}

export function memoryKeyStorage(location = 'memory:private'): MemoryKeyStorage {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    location,
    list: async () => [...files.keys()].sort(),
    unusable: async () => [],
    get: async (keyId) => files.get(keyId),
    set: async (keyId, pem) => {
      files.set(keyId, pem);
    },
    remove: async (keyId) => {
      files.delete(keyId);
    },
  };
}

/** What a ScriptedPrompter was asked. */
export interface Asked {
  readonly kind: 'line' | 'secret' | 'ask' | 'confirm';
  readonly text: string;
}

export interface ScriptedPrompter extends Prompter {
  readonly asked: readonly Asked[];
  /** Answers that nobody has asked for. A test that scripts answers should find none left. */
  readonly left: readonly string[];
}

/** Gives the answers in order, one a question; after the last one it is at the end of its input. */
export function scriptedPrompter(answers: readonly string[] = [], interactive = true): ScriptedPrompter {
  const left = [...answers];
  const asked: Asked[] = [];
  return {
    interactive,
    asked,
    left,
    line: async (text) => {
      asked.push({ kind: 'line', text });
      return left.shift();
    },
    secret: async (text) => {
      asked.push({ kind: 'secret', text });
      return left.shift();
    },
    ask: async (text) => {
      asked.push({ kind: 'ask', text });
      return left.shift();
    },
    confirm: async (text) => {
      asked.push({ kind: 'confirm', text });
      return ['y', 'yes'].includes((left.shift() ?? '').trim().toLowerCase());
    },
  };
}

/** A PassphraseRetriever that always knows the answer, and remembers what it was asked. */
export interface ConstantPassphrase {
  readonly retrieve: PassphraseRetriever;
  readonly requests: readonly PassphraseRequest[];
}

export function constantPassphrase(passphrase = 'passphrase'): ConstantPassphrase {
  const requests: PassphraseRequest[] = [];
  return {
    requests,
    retrieve: async (request) => {
      requests.push(request);
      return { passphrase, giveUp: request.attempts > 0 };
    },
  };
}
