/** Makes the key file that one block of an imported file becomes, in an encoding that Notary 0.7.0 reads. */

import { kindInPlaceOfKey } from '../crypto/key-files/foreign-blocks.ts';
import {
  isEncryptedAsNotaryReads,
  readAnyPrivateKey,
  takesPassphrase,
} from '../crypto/key-files/import-private-key.ts';
import { asCanonicalKeyId, isKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { encodePem, type PemBlock } from '../encoding/pem.ts';
import type { ErrorCode } from '../error-codes.ts';
import { isNotaryError } from '../errors.ts';
import type { Caution, Log } from '../ports/log.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import { encodeKeyFile, hasGun } from './key-file.ts';
import { choosePassphrase, openWithPassphrase, unaskedPassphrase } from './passphrase-attempts.ts';
import type { KeyFile } from './replace-key.ts';

export interface BlockPorts {
  readonly retrieve: PassphraseRetriever;
  readonly log: Log;
  readonly caution: Caution;
}

/** Why a block becomes no key file. */
export interface Refusal {
  readonly code: ErrorCode;
  /** A predicate: `it is encrypted, and …`. */
  readonly reason: string;
  /** One sentence: what to do in its place. */
  readonly advice?: string | undefined;
  /** What was tried to open it. */
  readonly hint?: string | undefined;
  /** What Notary 0.7.0 says of such a block. */
  readonly words: string;
}

export const unreadable =
  'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header';

const minRsaBits = 2048;

/**
 * The key file of a block, or why there is none. The ID of the key is computed where the block can be opened; an
 * encrypted block whose passphrase is not at hand is believed (Notary 0.7.0 believes every one).
 *
 * @param path the ID that the file claims for the key; empty when it claims none
 * @param known the passphrase that has opened the file around the block; empty when there is none
 * @throws NotaryError KEY_ID_CONTRADICTED and KEY_KIND_UNUSED when strict; ATTEMPTS_EXCEEDED
 */
export async function keyFileOf(
  ports: BlockPorts,
  settled: PemBlock,
  path: string,
  known = '',
): Promise<KeyFile | Refusal> {
  const headers = new Map(settled.headers);
  headers.delete('path');
  const block = { ...settled, headers };
  if (hasGun(headers.get('role') ?? '') && (headers.get('gun') ?? '') === '') {
    const reason = "Cannot have canonical role key without a gun, don't know what gun it belongs to";
    const words = `failed to import key (${settled.headers.get('path') ?? ''}) to store: ${reason}`;
    return { code: 'INVALID_KEY', reason, words };
  }
  try {
    if (!takesPassphrase(block)) {
      return await encrypted(ports, block, judged(ports, readAnyPrivateKey(block).key, path), known);
    }
    if (isEncryptedAsNotaryReads(block) && isFileName(path)) {
      const claimed = await claimedKey(ports, block, path);
      if (claimed !== undefined) return claimed;
    }
    return await reencrypted(ports, block, path);
  } catch (error) {
    if (isNotaryError(error, 'INVALID_KEY')) {
      const kind = kindInPlaceOfKey(block.type);
      const reason = kind === undefined ? error.message : `it is ${kind.what}`;
      return { code: error.code, reason, advice: kind?.advice, words: unreadable };
    }
    if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    const reason = 'it is encrypted, and no passphrase opens it';
    return { code: error.code, reason, words: unreadable, hint: error.hint };
  }
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** The key, with a word where its file claims another ID, or where the key is of little use. */
function judged({ log, caution }: BlockPorts, key: PrivateKey, path: string): PrivateKey {
  const { keyId } = key;
  if (isKeyId(path) && path !== keyId) {
    caution('KEY_ID_CONTRADICTED', `a file says that it holds the key ${path}, and holds the key ${keyId}`, {
      key: keyId,
      claimed: path,
    });
  }
  const bits = key.object.asymmetricKeyDetails?.modulusLength ?? minRsaBits;
  if (bits < minRsaBits) {
    log.warn(`RSA key ${keyId} has ${bits} bits; no client accepts its signatures`, 'WEAK_KEY');
  }
  if (key.publicKey.keyType === 'ed25519') {
    caution(
      'KEY_KIND_UNUSED',
      `${keyId} is an Ed25519 key: no delegation and no root certificate can have one; make an ECDSA key to sign with`,
      { key: keyId },
    );
  }
  return key;
}

/**
 * An encrypted key as it is, under the ID that its file claims. A passphrase that is at hand proves the ID, and what
 * has been opened is stored under its own.
 *
 * @returns undefined when the claim is no key ID and there is no passphrase without a question
 */
async function claimedKey(ports: BlockPorts, block: PemBlock, path: string): Promise<KeyFile | undefined> {
  const pem = encodePem(block);
  const key = await openedUnasked(ports, block, path);
  if (key !== undefined) return { name: judged(ports, key, path).keyId, pem, key };
  return isKeyId(path) ? { name: asCanonicalKeyId(path), pem, key: undefined } : undefined;
}

async function openedUnasked(
  { retrieve }: BlockPorts,
  block: PemBlock,
  path: string,
): Promise<PrivateKey | undefined> {
  const answer = await unaskedPassphrase(retrieve, path, block.headers.get('role') ?? '');
  if (answer === undefined) return undefined;
  try {
    return readAnyPrivateKey(block, answer.passphrase).key;
  } catch (error) {
    if (isNotaryError(error, 'PASSPHRASE_INVALID', 'INVALID_KEY')) return undefined;
    throw error;
  }
}

/** The key file of a key under a new passphrase, unless there is one already. */
async function encrypted(
  { retrieve }: BlockPorts,
  { headers }: PemBlock,
  key: PrivateKey,
  known = '',
): Promise<KeyFile> {
  const role = headers.get('role') ?? '';
  const passphrase = known === '' ? await choosePassphrase(retrieve, key.keyId, role) : known;
  const pem = await encodeKeyFile(key, role, headers.get('gun') ?? '', passphrase);
  return { name: key.keyId, pem, key };
}

/**
 * The key file of an encrypted key that Notary 0.7.0 would not take: without a path, such as
 * `key generate -o` and `docker trust key generate` write, only its passphrase tells its ID; the
 * encryption of another program is replaced by our own, with the same passphrase.
 */
async function reencrypted(ports: BlockPorts, block: PemBlock, path: string): Promise<KeyFile> {
  const keyName = isFileName(path) ? path : '';
  const role = block.headers.get('role') ?? '';
  const open = (passphrase: string) => ({ ...readAnyPrivateKey(block, passphrase), passphrase });
  const opened = await openWithPassphrase(ports.retrieve, keyName, role, open, true);
  const key = judged(ports, opened.key, path);
  const asItIs = opened.readByNotary && block.type === 'ENCRYPTED PRIVATE KEY';
  return asItIs
    ? { name: key.keyId, pem: encodePem(block), key }
    : encrypted(ports, block, key, opened.passphrase);
}
