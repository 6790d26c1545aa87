/**
 * Keeps the last trusted state: what this machine knew of a repository's files when an update began, and which of
 * them it finds unchanged.
 */

import { isNotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot } from '../../metadata/snapshot.ts';
import { matches } from '../../tuf/checksums.ts';

/**
 * The state that the cached snapshot describes. The client compares content where it can: the server may change
 * signatures and white space of a file, and its checksum in the snapshot, without any key of the role.
 */
export class LastState {
  readonly #meta: ReadonlyMap<string, FileMeta>;
  /** Files out of the cache that say what the file served now says, by role. */
  readonly #same = new Map<string, Uint8Array>();
  readonly #versions = new Map<string, number>();

  /** @param snapshot the cached one, which was verified when it was written */
  constructor(snapshot: Uint8Array | undefined) {
    this.#meta = snapshot === undefined ? new Map() : metaIn(snapshot);
  }

  /** The roles that had a file. */
  get roles(): Iterable<string> {
    return this.#meta.keys();
  }

  /** True when these bytes were the file of the role. */
  had(role: string, bytes: Uint8Array): boolean {
    const meta = this.#meta.get(role);
    return meta !== undefined && matches(bytes, meta);
  }

  /** What that state says about a role's file. */
  metaOf(role: string): FileMeta | undefined {
    return this.#meta.get(role);
  }

  /** The version of a role's file in that state; undefined when it is not known. */
  versionOf(role: string): number | undefined {
    return this.#versions.get(role);
  }

  /** @param file the verified content of the role's cached file */
  note(role: string, { bytes, version }: { readonly bytes: Uint8Array; readonly version: number }): void {
    if (this.had(role, bytes)) this.#versions.set(role, version);
  }

  /** @param cached a file whose signed content is that of the file served now */
  foundSame(role: string, cached: Uint8Array): void {
    this.#same.set(role, cached);
  }

  /** True when the role's present file says what the file of that state said. */
  isUnchanged(role: string): boolean {
    const cached = this.#same.get(role);
    return cached !== undefined && this.had(role, cached);
  }
}

function metaIn(snapshot: Uint8Array): ReadonlyMap<string, FileMeta> {
  try {
    return parseSnapshot(parseEnvelope(snapshot)).content.meta;
  } catch (error) {
    if (isNotaryError(error)) return new Map();
    throw error;
  }
}
