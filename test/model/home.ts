/** A machine of a person: a directory in memory, and one process after the other that works in it. */

import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import { type Actor, actor } from '../support/actor.ts';
import {
  constantPassphrase,
  days,
  type MemoryClock,
  memoryLock,
  memoryLog,
} from '../support/memory-ports.ts';
import { contentOfBytes, type RoleFile } from './reader.ts';
import type { Name } from './steps.ts';

/** Thrown out of a port of a process that has been killed. It is no NotaryError: nothing may catch it. */
export class Killed extends Error {
  constructor() {
    super('killed');
  }
}

/** Watches and spoils the port calls of one process. */
export interface Saboteur {
  /** Around each call of a port that touches the disk. */
  disk<T>(call: () => Promise<T>): Promise<T>;
  /** Around each request. */
  request(request: HttpRequest, send: () => Promise<HttpResponse>): Promise<HttpResponse>;
}

/** Every file of a directory, by store and name. */
export type Folder = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;

type Files = Map<string, Uint8Array>;

/** What is no file of the directory: everything else is watched. */
const elsewhere = new Set(
  'gun lock log clock caution remote cryptoService pinning random passphrase'.split(' '),
);

export class Home {
  readonly name: Name;
  /** Days by which the clock of this machine is ahead of the server's. */
  skew = 0;
  backup: Folder;
  readonly #actor: Actor;
  #send: HttpClient['send'] = async () => {
    throw new Error('no process is running');
  };

  constructor(name: Name, gun: string, url: string, clock: MemoryClock, folder?: Folder) {
    this.name = name;
    const http = { send: async (request: HttpRequest) => this.#send(request), close: async () => undefined };
    this.#actor = actor({ http, url }, this.#clockOf(clock), gun);
    if (folder !== undefined) this.#fill(folder);
    this.backup = this.folder();
  }

  #clockOf(clock: MemoryClock): MemoryClock {
    const own: Clock = {
      now: () => new Date(clock.now().getTime() + days(this.skew)),
      unixNano: () => clock.unixNano(),
      // The pauses between tries are no part of the history.
      sleep: async () => undefined,
    };
    return { ...own, advance: () => undefined, set: () => undefined };
  }

  get now(): number {
    return this.#actor.clock.now().getTime();
  }

  /** The private key files by key ID, as they are. */
  get keyFiles(): Files {
    return this.#actor.keyStorage.files;
  }

  /** The staged changes by file name, as they are. */
  get changes(): Files {
    return this.#actor.changelist.changes;
  }

  /** What is cached of a role, if it can be read. */
  cached(role: string): RoleFile | undefined {
    const bytes = this.#actor.cache.files.get(role);
    return bytes === undefined ? undefined : contentOfBytes(bytes);
  }

  /** A new process: its ports, with everything it does in the hands of a saboteur. */
  start(saboteur: Saboteur, send: HttpClient['send']) {
    const log = memoryLog();
    this.#send = async (request) => saboteur.request(request, () => send(request));
    const ports = Object.fromEntries(
      Object.entries(this.#actor).map(([name, port]) => [
        name,
        elsewhere.has(name) ? port : watched(port, saboteur),
      ]),
    ) as unknown as Actor;
    const passphrase = constantPassphrase();
    const store = new KeyStore(ports.keyStorage, passphrase.retrieve, log);
    const cryptoService = makeCryptoService(store, passphrase.retrieve, log);
    const caution: Actor['caution'] = (code, message) => log.warn(message, code);
    // The lock of a process that is gone is taken over.
    return { ...ports, lock: memoryLock(), passphrase, cryptoService, log, caution };
  }

  folder(): Folder {
    return new Map(this.#stores().map(([name, files]) => [name, new Map(files)] as const));
  }

  /** Puts an older directory in the place of this one. */
  restore(folder: Folder, { keys }: { readonly keys: boolean }): void {
    this.#fill(new Map([...folder].filter(([store]) => keys || store !== 'keyStorage')));
  }

  loseCache(): void {
    this.#actor.cache.files.clear();
  }

  #fill(folder: Folder): void {
    for (const [name, files] of this.#stores()) {
      const next = folder.get(name);
      if (next === undefined) continue;
      files.clear();
      for (const [file, bytes] of next) files.set(file, bytes);
    }
  }

  #stores(): readonly (readonly [name: string, files: Files])[] {
    return Object.entries(this.#actor).flatMap(([name, port]) => {
      const files = mapIn(port);
      return files === undefined ? [] : [[name, files] as const];
    });
  }
}

function mapIn(port: unknown): Files | undefined {
  if (typeof port !== 'object' || port === null) return undefined;
  return Object.values(port).find((value): value is Files => value instanceof Map);
}

function watched<T extends object>(port: T, saboteur: Saboteur): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || name === 'location') return member;
      return (...given: unknown[]) =>
        saboteur.disk(async () => (await member.apply(target, given)) as unknown);
    },
  });
}
