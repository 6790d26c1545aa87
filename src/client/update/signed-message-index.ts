/**
 * Indexes signed messages: finds one among the targets files that this machine holds of other repositories. Each of
 * those files is read once in a run, and parsed once, when a key that signed it has signed a new file too.
 */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex, utf8 } from '../../encoding/bytes.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import { type Envelope, parseEnvelope, type Signature, signedMessage } from '../../metadata/signed.ts';
import type { TrustDirFile } from '../../ports/trust-dir.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

export type IndexPorts = Pick<RepositoryPorts, 'gun' | 'log'> &
  Partial<Pick<RepositoryPorts, 'heldMetadata'>>;

/** Without a backslash in the file, a key ID in it is spelt in one way. */
const keyIdMember = /"keyid"\s*:\s*"([0-9a-f]{64})"/g;
/** How much longer a message may be than its text in the file: `1e9` is written in ten digits. */
const maxGrowth = 6;
/** A file with more of them is parsed at once. */
const maxKeyIds = 16;

export class HeldIndex {
  readonly #ports: IndexPorts;
  #left: number;
  /** Files that have not been read, by rising length. */
  #unread: Promise<TrustDirFile[]> | undefined;
  /** Files that have been read and not parsed, by the IDs of the keys in them. */
  readonly #unparsed = new Map<string, Set<TrustDirFile>>();
  readonly #parsed = new Set<TrustDirFile>();
  /** By what stands for one signature of one message. */
  readonly #signed = new Map<string, TrustDirFile>();

  constructor(ports: IndexPorts, limit: number = sizeLimits.heldFiles) {
    this.#ports = ports;
    this.#left = limit;
  }

  /** Another repository's file of this content that has a signature in common with it. */
  async find({ signed, signatures }: Envelope): Promise<TrustDirFile | undefined> {
    this.#unread ??= othersOf(this.#ports);
    const unread = await this.#unread;
    if (unread.length === 0 && this.#signed.size === 0 && this.#unparsed.size === 0) return undefined;
    const message = signedMessage(signed);
    await this.#readFrom(unread, message.length);
    for (const { keyId } of signatures) await this.#parseSignedBy(keyId);
    for (const mark of marksOf(message, signatures)) {
      const file = this.#signed.get(mark);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  /** A file that is much shorter than the message cannot hold it; how much longer it is, the server decides. */
  async #readFrom(unread: TrustDirFile[], length: number): Promise<void> {
    const first = unread.findIndex((file) => file.length * maxGrowth >= length);
    if (first < 0) return;
    const files = unread.splice(first);
    for (const [index, file] of files.entries()) {
      this.#left -= file.length;
      if (this.#left < 0) {
        this.#sayUnread(files.length - index);
        return;
      }
      await this.#read(file);
    }
  }

  async #read(file: TrustDirFile): Promise<void> {
    const bytes = await contentOf(file);
    if (bytes === undefined) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const keyIds = new Set<string>();
    for (const [, keyId = ''] of text.includes('\\') ? [] : text.matchAll(keyIdMember)) {
      if (keyIds.add(keyId).size > maxKeyIds) break;
    }
    if (keyIds.size === 0 || keyIds.size > maxKeyIds) {
      this.#add(file, bytes);
      return;
    }
    for (const keyId of keyIds) {
      const files = this.#unparsed.get(keyId) ?? new Set();
      this.#unparsed.set(keyId, files.add(file));
    }
  }

  async #parseSignedBy(keyId: string): Promise<void> {
    const files = this.#unparsed.get(keyId);
    this.#unparsed.delete(keyId);
    for (const file of files ?? []) {
      if (this.#parsed.has(file)) continue;
      const bytes = await contentOf(file);
      if (bytes !== undefined) this.#add(file, bytes);
    }
  }

  #add(file: TrustDirFile, bytes: Uint8Array): void {
    this.#parsed.add(file);
    try {
      const { signed, signatures } = parseEnvelope(bytes);
      for (const mark of marksOf(signedMessage(signed), signatures)) this.#signed.set(mark, file);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
    }
  }

  #sayUnread(count: number): void {
    const { gun, log } = this.#ports;
    log.warn(
      `${count} files of other repositories were not compared with the new ones of ${gun}: all of them together are too large`,
      'HELD_FILES_UNREAD',
    );
  }
}

async function othersOf({ gun, heldMetadata }: IndexPorts): Promise<TrustDirFile[]> {
  try {
    const files = (await heldMetadata?.files()) ?? [];
    return files
      .filter((file) => file.gun !== gun && isTargetsRole(file.role))
      .sort((one, other) => one.length - other.length);
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

async function contentOf(file: TrustDirFile): Promise<Uint8Array | undefined> {
  try {
    return await file.read();
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/**
 * What stands for a message together with each of its signatures. The second half of an ECDSA signature can be changed
 * without its key; the first is as random as the signer made it.
 */
function* marksOf(message: Uint8Array, signatures: readonly Signature[]): Generator<string> {
  const content = toHex(digest('sha256', message));
  for (const { keyId, signature } of signatures) {
    const half = toHex(signature.subarray(0, signature.length / 2));
    yield toHex(digest('sha256', utf8(`${content} ${keyId} ${half}`)));
  }
}
