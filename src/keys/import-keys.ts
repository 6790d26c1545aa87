/**
 * Import of private keys from PEM bundles: exports of this program or of Notary, and bare keys.
 *
 * Each block is judged by itself. What its headers do not say comes from the options, except that old
 * exports name the GUN in their path.
 */

import type { PrivateKey } from '../crypto/private-key.ts';
import { isPrivateKeyType, readPrivateKey } from '../crypto/private-key-pem.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { encodePem, type PemBlock, parsePem } from '../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { KeyStorage, Log, PassphraseRetriever } from '../ports.ts';
import { encodeKeyFile, hasGun } from './key-file.ts';
import { choosePassphrase, openWithPassphrase } from './passphrase-attempts.ts';

export interface ImportPorts {
  readonly storage: KeyStorage;
  /** A fresh one for each file: what was typed for one file is not used for another (Notary 0.7.0). */
  readonly retrieve: PassphraseRetriever;
  readonly log: Log;
}

export interface ImportOptions {
  /** The role of blocks that name none; `delegation` when empty. */
  readonly role: string;
  /** The GUN of blocks that name none. */
  readonly gun: string;
  /** The file's name, for records. */
  readonly source: string;
}

/** Old exports of keys other than root carry `tuf_keys/<GUN>/<key ID>` as their path. */
const legacyFolder = 'tuf_keys';
const defaultRole = 'delegation';
const minRsaBits = 2048;

/**
 * Stores every private key of a PEM file. Unencrypted keys are encrypted with a new passphrase;
 * encrypted ones are stored as they are. A key that is there already is replaced (Notary 0.7.0).
 *
 * A block that cannot be imported is passed over with a warning, unless there is no other.
 *
 * @throws NotaryError INVALID_KEY when there were blocks and none could be imported,
 * ATTEMPTS_EXCEEDED, FILE_UNWRITABLE; keys before that point stay imported
 */
export async function importKeys(ports: ImportPorts, pem: Uint8Array, options: ImportOptions): Promise<void> {
  const blocks = parsePem(pem);
  if (blocks.length === 0) ports.log.warn(`no PEM blocks in ${options.source}`, 'NO_PEM_BLOCKS');
  let refused = 0;
  let pending: { readonly name: string; readonly parts: Uint8Array[] } | undefined;
  for (const block of blocks) {
    const found = await locate(ports, withDefaults(block, options));
    if (found === undefined) {
      refused++;
      continue;
    }
    // Neighbours of one name make one file.
    if (pending !== undefined && pending.name !== found.name) await store(ports, pending.name, pending.parts);
    if (pending?.name !== found.name) pending = { name: found.name, parts: [] };
    pending.parts.push(await stored(ports, found));
  }
  if (pending !== undefined) await store(ports, pending.name, pending.parts);
  else if (refused > 0) {
    const reasons = Array<string>(refused).fill('invalid key pem block').join(', ');
    throw new NotaryError('INVALID_KEY', `failed to import all keys: ${reasons}`, {
      details: { file: options.source },
    });
  }
}

/** A block with its role and GUN settled, as it would be stored but for its path. */
function withDefaults(block: PemBlock, options: ImportOptions): PemBlock {
  const headers = new Map(block.headers);
  settlePath(headers);
  if ((headers.get('gun') ?? '') === '' && options.gun !== '') headers.set('gun', options.gun);
  if ((headers.get('role') ?? '') === '')
    headers.set('role', options.role === '' ? defaultRole : options.role);
  if (!hasGun(headers.get('role') ?? '')) headers.delete('gun');
  return { ...block, headers };
}

/** Reduces a path to its last element; the folders of an old export are the GUN. */
function settlePath(headers: Map<string, string>): void {
  const path = (headers.get('path') ?? '').replace(/\/+$/, '');
  const slash = path.lastIndexOf('/');
  if (slash < 0) return;
  const folder = path.slice(0, slash);
  if (folder.startsWith(legacyFolder)) {
    const gun = folder.slice(legacyFolder.length).replace(/^\/+|\/+$/g, '');
    if (gun !== '') headers.set('gun', gun);
  }
  headers.set('path', path.slice(slash + 1));
}

interface Located {
  /** Name of the key file to be: the key ID. */
  readonly name: string;
  /** Without the path header. */
  readonly block: PemBlock;
  /** The key, when it was not encrypted. */
  readonly key: PrivateKey | undefined;
}

/** Where a block belongs, or undefined after a warning when that cannot be found out. */
async function locate(ports: ImportPorts, { type, bytes, headers }: PemBlock): Promise<Located | undefined> {
  const path = headers.get('path') ?? '';
  const kept = new Map(headers);
  kept.delete('path');
  const block = { type, bytes, headers: kept };
  if (hasGun(headers.get('role') ?? '') && (headers.get('gun') ?? '') === '') {
    warnOfRefusal(
      ports,
      ` (${path})`,
      "Cannot have canonical role key without a gun, don't know what gun it belongs to",
    );
    return undefined;
  }
  const key = isPrivateKeyType(type) ? unencrypted(block) : undefined;
  if (key !== undefined) return { name: key.keyId, block, key };
  const name = isFileName(path) && isPrivateKeyType(type) ? path : await identify(ports, block);
  if (name !== undefined) return { name, block, key: undefined };
  warnOfRefusal(ports, '', 'Invalid key generated, key may be encrypted and does not contain path header');
  return undefined;
}

function warnOfRefusal({ log }: ImportPorts, which: string, reason: string): void {
  log.warn(`failed to import key${which} to store: ${reason}`);
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

function unencrypted(block: PemBlock): PrivateKey | undefined {
  try {
    return readPrivateKey(block);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/**
 * The ID of an encrypted key without a path, such as `key generate -o` writes: only its passphrase
 * tells. Notary 0.7.0 does not ask and passes such a block over.
 */
async function identify({ retrieve }: ImportPorts, block: PemBlock): Promise<string | undefined> {
  if (!isPrivateKeyType(block.type)) return undefined;
  const role = block.headers.get('role') ?? '';
  try {
    const key = await openWithPassphrase(retrieve, '', role, (passphrase) =>
      readPrivateKey(block, passphrase),
    );
    return key.keyId;
  } catch (error) {
    if (isNotaryError(error, 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY')) return undefined;
    throw error;
  }
}

/** The PEM to store for a block: encrypted with a new passphrase, or as it is. */
async function stored(ports: ImportPorts, { name, block, key }: Located): Promise<Uint8Array> {
  if (key === undefined) return encodePem(block);
  warnOfWeakness(ports, key);
  const role = block.headers.get('role') ?? '';
  const passphrase = await choosePassphrase(ports.retrieve, name, role);
  return encodeKeyFile(key, role, block.headers.get('gun') ?? '', passphrase);
}

function warnOfWeakness({ log }: ImportPorts, key: PrivateKey): void {
  const bits = key.object.asymmetricKeyDetails?.modulusLength ?? minRsaBits;
  if (bits < minRsaBits) {
    log.warn(`RSA key ${key.keyId} has ${bits} bits; nobody accepts its signatures`, 'WEAK_KEY');
  }
}

async function store(
  { storage, log }: ImportPorts,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const pem = Buffer.concat(parts);
  const present = await storage.get(name);
  await storage.set(name, pem);
  if (present !== undefined && !equalBytes(present, pem)) {
    log.warn(`key ${name} was there already and has been replaced`, 'KEY_REPLACED');
  }
}
