/**
 * Nothing in a file of targets says which repository it is for. When a key signs in several of them, whoever serves
 * both can put the file of one in the place of the other's. A machine that holds the other one notices.
 */

import { equalBytes } from '../encoding/bytes.ts';
import { isNotaryError } from '../errors.ts';
import { isTargetsRole } from '../metadata/role-name.ts';
import { type Envelope, parseEnvelope, type Signature, signedMessage } from '../metadata/signed.ts';
import type { HeldFile } from '../ports.ts';
import type { RepositoryPorts } from './repository-ports.ts';

type ForeignPorts = Pick<RepositoryPorts, 'gun'> & Partial<Pick<RepositoryPorts, 'heldMetadata'>>;

/** A file that was accepted here and is another repository's as well. */
export interface ForeignFile {
  readonly role: string;
  readonly of: Pick<HeldFile, 'gun' | 'role'>;
}

/** Room for the signatures in a file, in bytes. */
const signaturesLength = 4096;

/** Looks accepted files up among those of other repositories, which are listed when the first is looked for. */
export class ForeignFiles {
  readonly #ports: ForeignPorts;
  #others: Promise<readonly HeldFile[]> | undefined;
  readonly #found: ForeignFile[] = [];

  constructor(ports: ForeignPorts) {
    this.#ports = ports;
  }

  get found(): readonly ForeignFile[] {
    return this.#found;
  }

  /**
   * True when another repository holds this content under a signature that is in this file too. Who signs the same
   * content for several repositories makes a signature for each.
   */
  async has(role: string, envelope: Envelope): Promise<boolean> {
    this.#others ??= othersOf(this.#ports);
    const others = await this.#others;
    if (others.length === 0) return false;
    const message = signedMessage(envelope.signed);
    const longest = writtenLength(message) + signaturesLength;
    for (const file of others) {
      if (file.length < message.length || file.length > longest) continue;
      if (!(await isSame(file, envelope, message))) continue;
      this.#found.push({ role, of: file });
      return true;
    }
    return false;
  }

  /** @throws NotaryError FILE_OF_OTHER_REPOSITORY, when strict */
  report({ gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>): void {
    for (const { role, of } of this.#found) {
      caution(
        'FILE_OF_OTHER_REPOSITORY',
        `the file of ${role} of ${gun} is that of ${of.role} of ${of.gun}: a key that both list has signed it once, and the server may have put one in the place of the other`,
        { gun, role, otherGun: of.gun, otherRole: of.role },
      );
    }
  }
}

async function othersOf({ gun, heldMetadata }: ForeignPorts): Promise<readonly HeldFile[]> {
  try {
    const files = (await heldMetadata?.files()) ?? [];
    return files.filter((file) => file.gun !== gun && isTargetsRole(file.role));
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

/** Go writes `<`, `>` and `&` in six bytes. */
function writtenLength(message: Uint8Array): number {
  let length = message.length;
  for (const byte of message) if (byte === 0x3c || byte === 0x3e || byte === 0x26) length += 5;
  return length;
}

async function isSame(file: HeldFile, envelope: Envelope, message: Uint8Array): Promise<boolean> {
  try {
    const other = parseEnvelope(await file.read());
    if (!equalBytes(signedMessage(other.signed), message)) return false;
    return other.signatures.some((one) => envelope.signatures.some((own) => areOne(one, own)));
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/** The second half of an ECDSA signature can be changed by anybody; the first is as random as the signer made it. */
function areOne(one: Signature, other: Signature): boolean {
  const half = (signature: Uint8Array) => signature.subarray(0, signature.length / 2);
  return one.keyId === other.keyId && equalBytes(half(one.signature), half(other.signature));
}
