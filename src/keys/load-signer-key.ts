/** Loads the private key of a signer of images from a file, as docker means to (docker CLI 28.2.2). */

import { readAnyPrivateKey, takesPassphrase } from '../crypto/key-files/import-private-key.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { type PemBlock, parsePem } from '../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import { type BlockPorts, keyFileOf, type Refusal, unreadable } from './import-block.ts';
import { defaultRole, withDefaults } from './import-defaults.ts';
import { hasGun, type KeyInfo, keyBlock, keyInfoOf } from './key-file.ts';
import { describe } from './key-owner.ts';
import { type KeyFile, whyNotReplaced } from './replace-key.ts';

export interface LoadPorts extends BlockPorts {
  readonly storage: KeyStorage;
}

export interface SignerKeyFile {
  readonly bytes: Uint8Array;
  /** For messages. */
  readonly source: string;
  /** The role that keys get which name none; `delegation` when empty. */
  readonly name: string;
  /** The user has chosen the name: encrypted keys get it, whatever role they name. */
  readonly isChosen: boolean;
}

/**
 * Stores the private keys of a PEM file, none of them where one cannot be read. A key that is not encrypted gets a new
 * passphrase, and its file's own role where it names one. An encrypted one keeps its passphrase, and gets the chosen name,
 * unless its file has a `path` header, as the exports of Notary have. (Docker says of encrypted keys without it that they
 * are imported, and drops them.)
 *
 * A key that is there for another signer, or under another passphrase, is replaced; one of a repository is not.
 *
 * @returns the keys that were stored
 * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, KEY_EXISTS, ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
 */
export async function loadSignerKeys(ports: LoadPorts, file: SignerKeyFile): Promise<readonly KeyInfo[]> {
  const { bytes, source } = file;
  const blocks = parsePem(bytes).filter(({ type }) => type.endsWith('PRIVATE KEY'));
  if (blocks.length === 0) throw noPrivateKey(source);
  const found: KeyFile[] = [];
  for (const block of blocks) {
    const settled = withDefaults(named(block, file), { role: '', gun: '', source });
    const one = isEd25519(settled) ? unusable : await keyFile(ports, settled);
    if ('reason' in one) throw refused(ports, one, file);
    found.push(one);
  }
  const stored: KeyInfo[] = [];
  for (const one of found) stored.push(await store(ports, one));
  return stored;
}

/** That no passphrase is at hand for an encrypted key is the same as a wrong one. */
async function keyFile(ports: LoadPorts, block: PemBlock): Promise<KeyFile | Refusal> {
  try {
    return await keyFileOf(ports, block, pathOf(block));
  } catch (error) {
    if (!takesPassphrase(block) || !isNotaryError(error, 'ATTEMPTS_EXCEEDED')) throw error;
    const { message: reason, hint } = error;
    return { code: 'PASSPHRASE_INVALID', reason, hint, words: unreadable };
  }
}

const unusable: Refusal = {
  code: 'INVALID_KEY',
  reason: 'it is an Ed25519 key, which no delegation can have',
  advice: 'Make an ECDSA key to sign with.',
  words: unreadable,
};

function pathOf({ headers }: PemBlock): string {
  return headers.get('path') ?? '';
}

/** The block with its role settled. */
function named(block: PemBlock, { name, isChosen }: SignerKeyFile): PemBlock {
  const own = block.headers.get('role') ?? '';
  const replaces = isChosen && takesPassphrase(block) && pathOf(block) === '';
  if (own !== '' && !replaces) return block;
  const headers = new Map(block.headers).set('role', name === '' ? defaultRole : name);
  return { ...block, headers };
}

/** Of an encrypted key only its passphrase tells; a signature with it is refused later. */
function isEd25519(block: PemBlock): boolean {
  if (takesPassphrase(block)) return false;
  try {
    return readAnyPrivateKey(block).key.publicKey.keyType === 'ed25519';
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

function noPrivateKey(source: string): NotaryError {
  return new NotaryError(
    'INVALID_KEY',
    `provided file ${source} is not a supported private key - to add a signer's public key use docker trust signer add`,
    { details: { file: source } },
  );
}

function refused({ log }: LoadPorts, { code, reason, advice, hint, words }: Refusal, file: SignerKeyFile) {
  const { source } = file;
  const details = { file: source };
  if (code === 'PASSPHRASE_INVALID')
    return new NotaryError(code, `cannot load key from provided file ${source}: could not decrypt key`, {
      details,
      hint,
    });
  log.warn(words);
  const why = advice === undefined ? `${source}: ${reason}.` : `${source}: ${reason}. ${advice}`;
  return new NotaryError(code, 'failed to import all keys: invalid key pem block', { details, hint: why });
}

/** @throws NotaryError KEY_EXISTS */
async function store({ storage, retrieve }: LoadPorts, file: KeyFile): Promise<KeyInfo> {
  const { name, pem, key } = file;
  const info = keyInfoOf(name, keyBlock(pem));
  const present = await storage.get(name);
  if (present !== undefined && equalBytes(present, pem)) return info;
  if (present !== undefined) {
    const there = readable(present, file);
    const belongs = there !== undefined && (there.role === 'root' || hasGun(there.role));
    const conflict =
      belongs && (there.role !== info.role || there.gun !== info.gun)
        ? ofRepository(there)
        : key?.keyId === name
          ? undefined
          : await whyNotReplaced(retrieve, file, present);
    if (conflict !== undefined) throw conflict;
  }
  await storage.set(name, pem);
  return info;
}

/** A damaged file is worth nothing. */
function readable(pem: Uint8Array, { name }: KeyFile): KeyInfo | undefined {
  try {
    return keyInfoOf(name, keyBlock(pem));
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function ofRepository({ keyId, role, gun }: KeyInfo): NotaryError {
  return new NotaryError('KEY_EXISTS', `the key ${keyId} is here already, for ${describe(role, gun)}`, {
    details: { key: keyId, role, gun },
    hint: 'Nothing was replaced: as the key of a signer it would not sign for that any more. Make another key to sign images with.',
  });
}
