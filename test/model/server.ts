/** The server of the histories: our own rules over a store that can be made to serve what it should not. */

import { generateEcdsaKey, type PrivateKey, sign } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import type { HttpRequest } from '../../src/ports/http.ts';
import type { ServerStore } from '../../src/server/store/store.ts';
import { type MemoryClock, seededRandom } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { type Fetch, sha256Hex } from './reader.ts';

interface Held {
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly storedAt: Date;
}

/** All that a server holds, for copying. */
export interface Holdings {
  readonly files: Map<string, readonly Held[]>;
  readonly keys: Map<string, PrivateKey>;
}

function storeOf(held: Holdings): ServerStore {
  const all = (gun: string, role: string) => held.files.get(`${gun} ${role}`) ?? [];
  return {
    current: async (gun, role) => all(gun, role).at(-1),
    byChecksum: async (gun, role, sha256) => all(gun, role).find(({ bytes }) => sha256Hex(bytes) === sha256),
    byVersion: async (gun, role, version) => all(gun, role).find((file) => file.version === version),
    update: async (gun, files, storedAt) => {
      const old = ({ role, version }: { role: string; version: number }) =>
        version <= (all(gun, role).at(-1)?.version ?? 0);
      if (files.some(old)) return 'old version';
      for (const { role, version, bytes } of files) {
        held.files.set(`${gun} ${role}`, [...all(gun, role), { version, bytes, storedAt }]);
      }
      return 'stored';
    },
    remove: async (gun) => {
      for (const name of [...held.files.keys()]) if (name.startsWith(`${gun} `)) held.files.delete(name);
    },
    key: async (id) => held.keys.get(id),
    addKey: async (key) => void held.keys.set(key.keyId, key),
    changes: async () => [],
  };
}

export class HistoryServer {
  readonly #held: Holdings;
  readonly #memory: MemoryServer;
  readonly #gun: string;
  readonly #clock: MemoryClock;
  /** Roles whose current file is junk. */
  readonly junk = new Map<string, Held>();

  constructor(gun: string, clock: MemoryClock, held?: Holdings) {
    this.#held = {
      files: new Map(held?.files),
      keys: new Map(held?.keys),
    };
    this.#gun = gun;
    this.#clock = clock;
    const random = seededRandom(`server ${sha256Hex(String(this.#held.keys.size))}`);
    this.#memory = memoryServer({ clock, random, store: storeOf(this.#held) });
  }

  get url(): string {
    return this.#memory.url;
  }

  get holdings(): Holdings {
    return this.#held;
  }

  /** Role and hash of every file that was ever accepted. */
  everything(): readonly (readonly [role: string, sha256: string])[] {
    return [...this.#held.files].flatMap(([name, files]) =>
      files.map(({ bytes }) => [name.slice(this.#gun.length + 1), sha256Hex(bytes)] as const),
    );
  }

  readonly send = async (request: HttpRequest) => {
    this.#memory.forget();
    return this.#memory.http.send(request);
  };

  readonly fetch: Fetch = async (resource) => {
    const url = `${this.url}/v2/${this.#gun}/_trust/tuf/${resource}.json`;
    const { status, body } = await this.send({ method: 'GET', url, limit: 1e8 });
    return status === 200 ? body : undefined;
  };

  /** True when the server could sign a snapshot of its own. */
  get holdsSnapshotKey(): boolean {
    const { keyids } = rolesOf(this.#last('root').bytes)['snapshot'] ?? { keyids: [] };
    return keyids.every((id) => this.#held.keys.has(id));
  }

  /** A stranger's file becomes the current one of a role, under a snapshot that names it. */
  serveJunk(role: string, huge: boolean, targets: object): boolean {
    const held = this.#held.files.get(`${this.#gun} ${role}`);
    if (!this.holdsSnapshotKey || held === undefined || this.junk.has(role)) return false;
    const version = huge ? 2 ** 31 - 2 : this.#last(role).version + 1;
    const expires = new Date(this.#clock.now().getTime() + 1e11).toISOString();
    const signed = {
      _type: 'Targets',
      delegations: { keys: {}, roles: [] },
      ...{ expires, targets, version },
    };
    const stranger = generateEcdsaKey();
    const bytes = this.#put(role, version, signed, [stranger]);
    this.junk.set(role, { version, bytes, storedAt: this.#clock.now() });
    this.#settle(new Map([[role, bytes]]));
    return true;
  }

  /** Junk goes away; what the role had before is served again. */
  recover(): void {
    if (!this.holdsSnapshotKey) return;
    const back = new Map<string, Uint8Array>();
    for (const [role, { bytes }] of this.junk) {
      const name = `${this.#gun} ${role}`;
      const isCurrent = this.#last(role).bytes === bytes;
      const left = (this.#held.files.get(name) ?? []).filter((file) => file.bytes !== bytes);
      this.#held.files.set(name, left);
      const before = left.at(-1);
      if (isCurrent && before !== undefined) back.set(role, before.bytes);
    }
    this.junk.clear();
    if (back.size > 0) this.#settle(back);
  }

  #last(role: string): Held {
    const last = this.#held.files.get(`${this.#gun} ${role}`)?.at(-1);
    if (last === undefined) throw new Error(`the server has no ${role}`);
    return last;
  }

  #put(role: string, version: number, signed: object, keys: readonly PrivateKey[]): Uint8Array {
    const message = utf8(JSON.stringify(sorted(signed)));
    const signatures = keys.map((key) => {
      const { method, signature } = sign(key, message);
      return { keyid: key.keyId, method, sig: Buffer.from(signature).toString('base64') };
    });
    const bytes = utf8(JSON.stringify({ signed: sorted(signed), signatures }));
    const name = `${this.#gun} ${role}`;
    const held = this.#held.files.get(name) ?? [];
    this.#held.files.set(name, [...held, { version, bytes, storedAt: this.#clock.now() }]);
    return bytes;
  }

  /** A new snapshot that names these files, and a timestamp that names it. */
  #settle(files: ReadonlyMap<string, Uint8Array>): void {
    this.#resign('snapshot', files);
    this.#resign('timestamp', new Map([['snapshot', this.#last('snapshot').bytes]]));
  }

  #resign(role: string, files: ReadonlyMap<string, Uint8Array>): void {
    const last = this.#last(role);
    const { signed } = JSON.parse(Buffer.from(last.bytes).toString()) as {
      signed: { meta: Record<string, object>; version: number };
    };
    const meta = { ...signed.meta };
    for (const [name, bytes] of files) {
      meta[name] = {
        hashes: { sha256: Buffer.from(sha256Hex(bytes), 'hex').toString('base64') },
        length: bytes.length,
      };
    }
    const { keyids } = rolesOf(this.#last('root').bytes)[role] ?? { keyids: [] };
    const keys = keyids.flatMap((id) => this.#held.keys.get(id) ?? []);
    const version = last.version + 1;
    this.#put(role, version, { ...signed, meta, version }, keys);
  }
}

function rolesOf(root: Uint8Array): Record<string, { readonly keyids: readonly string[] }> {
  const { signed } = JSON.parse(Buffer.from(root).toString()) as {
    signed: { roles: Record<string, { readonly keyids: readonly string[] }> };
  };
  return signed.roles;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
