/** Collects files of a repository into an archive in the making: each once, whatever name the server was asked under. */

import type { ArchivedFile } from '../../archive/repository-record.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

/** `role.<sha256 in hexadecimal>` */
const consistent = /^(.+)\.([0-9a-f]{64})$/;

/** Files of one repository: a server can have ever more versions. */
const maxFiles = 200_000;

function tooManyFiles(): NotaryError {
  return new NotaryError('MALICIOUS_SERVER', `the server has more than ${maxFiles} files of one repository`, {
    hint: 'Without --history, only the present state and the roots are kept.',
  });
}

export class Collector {
  readonly #remote: RemoteStore;
  readonly #draft: ArchiveDraft;
  /** By SHA-256, the bytes of what was had in this run. */
  readonly #had = new Map<string, number>();
  readonly #files = new Map<string, ArchivedFile>();
  readonly #absent = new Set<string>();

  constructor(remote: RemoteStore, draft: ArchiveDraft) {
    this.#remote = remote;
    this.#draft = draft;
  }

  /** The server, of whose answers each goes to the draft. What an earlier attempt has kept is not asked for again. */
  get remote(): RemoteStore {
    return { ...this.#remote, get: async (resource, limit) => (await this.#get(resource, limit)).bytes };
  }

  get files(): readonly ArchivedFile[] {
    return [...this.#files.values()];
  }

  get absent(): readonly string[] {
    return [...this.#absent];
  }

  has(sha256: string): boolean {
    return this.#had.has(sha256);
  }

  /** Notes what was asked for and is not served. */
  noteAbsent(resource: string): void {
    this.#absent.add(resource);
  }

  /**
   * Lists a file that was had.
   *
   * @param version as the file itself says it
   */
  list(role: string, version: number, sha256: string, current = false): void {
    const size = this.#had.get(sha256);
    if (size === undefined) throw new Error(`a file of ${role} is listed that was not had`);
    if (this.#files.size >= maxFiles) throw tooManyFiles();
    const name = `${role}\n${version}\n${sha256}`;
    const isCurrent = current || this.#files.get(name)?.current === true;
    this.#files.set(name, { role, version, sha256, size, current: isCurrent });
  }

  /**
   * Fetches a file and lists it under the version that it claims.
   *
   * @param unread also what cannot be read is listed, as version 0: what the state names is kept, whatever it is
   * @returns its bytes; undefined when the server does not have it, or what it has is no metadata
   * @throws NotaryError the server's codes; FILE_UNWRITABLE
   */
  async fetch(
    role: string,
    resource: string,
    limit: number,
    unread = false,
  ): Promise<Uint8Array | undefined> {
    let had: Had;
    try {
      had = await this.#get(resource, limit);
    } catch (error) {
      if (!isNotaryError(error, 'METADATA_NOT_FOUND')) throw error;
      this.noteAbsent(resource);
      return undefined;
    }
    const version = versionIn(had.bytes);
    const wanted = /^\d+(?=\.)/.exec(resource)?.[0];
    // A server that gives another version than was asked for does not have that one.
    if ((version === undefined && !unread) || (wanted !== undefined && Number(wanted) !== version)) {
      this.noteAbsent(resource);
      return undefined;
    }
    this.list(role, version ?? 0, had.sha256);
    return had.bytes;
  }

  async #get(resource: string, limit: number): Promise<Had> {
    const [, , wanted] = consistent.exec(resource) ?? [];
    const kept = wanted === undefined ? undefined : await this.#draft.kept(wanted, limit);
    const bytes = kept ?? (await this.#remote.get(resource, limit));
    const sha256 = wanted !== undefined && kept !== undefined ? wanted : await this.#draft.put(bytes);
    this.#had.set(sha256, bytes.length);
    return { bytes, sha256 };
  }
}

interface Had {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** The version that a file claims; undefined for what is no metadata. */
export function versionIn(bytes: Uint8Array): number | undefined {
  try {
    const version = parseEnvelope(bytes, sizeLimits.file).signed.get('version');
    return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? version : undefined;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/**
 * Waits for all of them, also when one fails: what arrives is kept, and need not be fetched again.
 *
 * @throws what the first of them threw
 */
export async function allKept<Value>(fetches: readonly Promise<Value>[]): Promise<readonly Value[]> {
  return (await Promise.allSettled(fetches)).map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
