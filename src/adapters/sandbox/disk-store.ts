/**
 * Stores on disk what a sandbox server keeps:
 *
 *     repositories/<collection>/<number>/    an update each, see stored-update.ts
 *     keys/<key ID>.key                      the server's keys, PKCS#8 without a passphrase
 *
 * The index is read once, when the store is opened, and kept in memory; the files themselves are read when a client
 * asks for them. One process at a time may have a directory open (sandbox-lock.ts).
 */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readPrivateKey, writePrivateKey } from '../../crypto/key-files/read-private-key.ts';
import { type CanonicalKeyId, isKeyId } from '../../crypto/keys/key-id.ts';
import type { PrivateKey } from '../../crypto/keys/private-key.ts';
import { encodePem, parsePem } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { FileUpdate, PublishedChange, ServerStore, StoredFile } from '../../server/store/store.ts';
import { isNewer } from '../../server/store/version-check.ts';
import { makeFolder, removeFiles, syncFolder, writeAtomically } from '../fs/atomic-write.ts';
import { readRegularFile } from '../fs/read-file.ts';
import {
  entriesOf,
  type HeldFile,
  placeFiles,
  readHeld,
  readUpdate,
  type Update,
  writeUpdate,
} from './stored-update.ts';

interface Version extends HeldFile {
  readonly storedAt: Date;
}

/**
 * Opens the store of a directory and removes what writers that were cut off have left.
 *
 * @throws NotaryError SANDBOX_DAMAGED, FILE_UNREADABLE, FILE_UNWRITABLE
 */
export function openDiskStore(folder: string): ServerStore {
  return new DiskStore(folder);
}

class DiskStore implements ServerStore {
  readonly #repositories: string;
  readonly #keyFolder: string;
  /** By GUN and role, ascending versions. */
  readonly #held = new Map<string, Map<string, Version[]>>();
  readonly #changes: PublishedChange[] = [];
  readonly #keys = new Map<CanonicalKeyId, PrivateKey>();
  #last = 0;

  constructor(folder: string) {
    this.#repositories = join(folder, 'repositories');
    this.#keyFolder = join(folder, 'keys');
    for (const path of [this.#repositories, this.#keyFolder]) {
      makeFolder(path);
      sweep(path);
    }
    const updates = entriesOf(this.#repositories)
      .map((name) => join(this.#repositories, name))
      .flatMap((path) => {
        sweep(path);
        return entriesOf(path).map((name) => readUpdate(join(path, name)));
      })
      .sort((left, right) => left.number - right.number);
    for (const update of updates) this.#takeIn(update);
    this.#removeLeftovers(updates);
  }

  #takeIn({ number, gun, at, files, changes }: Update): void {
    this.#last = Math.max(this.#last, number);
    for (const change of changes) this.#changes.push(change);
    if (changes.some(({ category }) => category === 'deletion')) this.#held.delete(gun);
    if (files.length === 0) return;
    const roles = this.#held.get(gun) ?? new Map<string, Version[]>();
    this.#held.set(gun, roles);
    for (const file of files) {
      const versions = [...(roles.get(file.role) ?? []), { ...file, storedAt: at }];
      roles.set(
        file.role,
        versions.sort((left, right) => left.version - right.version),
      );
    }
  }

  /** Completes a deletion that was interrupted after it had been recorded. */
  #removeLeftovers(updates: readonly Update[]): void {
    const live = new Set(
      [...this.#held.values()].flatMap((roles) => [...roles.values()].flat().map(({ path }) => path)),
    );
    removeAll(
      updates.flatMap(({ files }) => files).filter(({ path }) => !live.has(path) && existsSync(path)),
    );
  }

  #versions(gun: string, role: string): readonly Version[] {
    return this.#held.get(gun)?.get(role) ?? [];
  }

  async current(gun: string, role: string): Promise<StoredFile | undefined> {
    return stored(this.#versions(gun, role).at(-1));
  }

  async byChecksum(gun: string, role: string, sha256: string): Promise<StoredFile | undefined> {
    return stored(this.#versions(gun, role).find((file) => file.sha256 === sha256));
  }

  async byVersion(gun: string, role: string, version: number): Promise<StoredFile | undefined> {
    return stored(this.#versions(gun, role).find((file) => file.version === version));
  }

  async update(gun: string, files: readonly FileUpdate[], at: Date): Promise<'stored' | 'old version'> {
    if (!isNewer(files, (role) => this.#versions(gun, role).at(-1)?.version)) return 'old version';
    const number = this.#last + 1;
    const held = placeFiles(this.#repositories, { number, gun }, files);
    const changes = held
      .filter(({ role }) => role === 'timestamp')
      .map(({ version, sha256 }, place) => {
        const id = this.#changes.length + 1 + place;
        return { id, at, gun, version, sha256, category: 'update' } as const;
      });
    this.#write({ number, gun, at, files: held, changes }, files);
    return 'stored';
  }

  async remove(gun: string, at: Date): Promise<void> {
    const files = [...(this.#held.get(gun)?.values() ?? [])].flat();
    if (files.length === 0) return;
    const id = this.#changes.length + 1;
    const change = { id, at, gun, version: 0, sha256: '', category: 'deletion' } as const;
    this.#write({ number: this.#last + 1, gun, at, files: [], changes: [change] }, []);
    removeAll(files);
  }

  #write(update: Update, files: readonly FileUpdate[]): void {
    const folder = writeUpdate(this.#repositories, update, files);
    // It is there now, also for the next process, even if the disk fails over the last step.
    this.#takeIn(update);
    syncFolder(folder);
  }

  async key(id: CanonicalKeyId): Promise<PrivateKey | undefined> {
    const known = this.#keys.get(id);
    if (known !== undefined || !isKeyId(id)) return known;
    const path = this.#keyPath(id);
    const file = readRegularFile(path, { followLinks: false });
    if (file === undefined) return undefined;
    const key = readKey(file.bytes, path);
    this.#keys.set(id, key);
    return key;
  }

  async addKey(key: PrivateKey): Promise<void> {
    writeAtomically(this.#keyPath(key.keyId), encodePem(await writePrivateKey(key, '', new Map())));
    this.#keys.set(key.keyId, key);
  }

  #keyPath(id: CanonicalKeyId): string {
    return join(this.#keyFolder, `${id}.key`);
  }

  async changes(): Promise<readonly PublishedChange[]> {
    return [...this.#changes];
  }
}

function readKey(bytes: Uint8Array, file: string): PrivateKey {
  try {
    const [block] = parsePem(bytes);
    if (block === undefined) throw new NotaryError('INVALID_KEY', 'no PEM block');
    return readPrivateKey(block);
  } catch (cause) {
    const reason = isNotaryError(cause) ? cause.message : String(cause);
    throw new NotaryError('SANDBOX_DAMAGED', `the sandbox has lost a key: ${file}: ${reason}`, {
      details: { file },
      hint: 'Restore the file. Without it, collections that it signs for need a new key: key rotate GUN timestamp -r.',
      cause,
    });
  }
}

function stored(file: Version | undefined): StoredFile | undefined {
  return file && { version: file.version, bytes: readHeld(file), storedAt: file.storedAt };
}

function removeAll(files: readonly HeldFile[]): void {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    removeFiles(
      folder,
      files.filter(({ path }) => dirname(path) === folder).map(({ path }) => basename(path)),
    );
  }
}

/** Removes drafts: no other process writes in a directory that this process has open. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('.') && name.endsWith('.tmp')) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}
