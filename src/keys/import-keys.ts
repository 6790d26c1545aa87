/**
 * Imports private keys: exports of this program or of Notary, and keys of other programs.
 *
 * Each block is judged by itself. Whatever was accepted is stored in an encoding that Notary 0.7.0
 * reads.
 */

import {
  isEncryptedAsNotaryReads,
  readAnyPrivateKey,
  takesPassphrase,
} from '../crypto/key-files/import-private-key.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { encodePem, type PemBlock } from '../encoding/pem.ts';
import { type ErrorCode, isNotaryError, NotaryError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import { type ImportOptions, keyIdInName, withDefaults } from './import-defaults.ts';
import { encodeKeyFile, hasGun, keyBlock } from './key-file.ts';
import { blocksOfKeyFile } from './key-file-blocks.ts';
import { choosePassphrase, openWithPassphrase } from './passphrase-attempts.ts';
import { type KeyFile, whyNotReplaced } from './replace-key.ts';

export interface ImportPorts {
  readonly storage: KeyStorage;
  /** A fresh one for each file: what was typed for one file is not used for another (Notary 0.7.0). */
  readonly retrieve: PassphraseRetriever;
  readonly log: Log;
}

const minRsaBits = 2048;

/**
 * Stores every private key of a file.
 *
 * Unencrypted keys are encrypted with a new passphrase. Encrypted ones are stored as they are when
 * Notary 0.7.0 reads them so, else encrypted anew with the passphrase that opens them. A block that cannot be
 * imported is passed over with a warning, unless there is no other.
 *
 * What a file says of its key is a claim. A key that is there already is replaced only by what is certainly the same
 * key for the same role and GUN; Notary 0.7.0 replaces any. The other keys of the file are imported before that is an
 * error.
 *
 * @param file PEM, or the DER of one key
 * @returns the IDs of the keys that were stored
 * @throws NotaryError FLAG_CONTRADICTED, with nothing imported; INVALID_KEY when there were blocks and none could be
 * imported, PASSPHRASE_INVALID when all of them are locked; KEY_EXISTS; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE: keys before that point stay imported
 */
export async function importKeys(
  ports: ImportPorts,
  file: Uint8Array,
  options: ImportOptions,
): Promise<readonly CanonicalKeyId[]> {
  const blocks = blocksOfKeyFile(file);
  if (blocks.length === 0) ports.log.warn(`no PEM blocks in ${options.source}`, 'NO_PEM_BLOCKS');
  const settled = blocks.map((block) => withDefaults(block, options));
  const refusals: Refusal[] = [];
  const taken: NotaryError[] = [];
  const stored = new Set<CanonicalKeyId>();
  let pending: KeyFile | undefined;
  const flush = async () => {
    const file = pending;
    pending = undefined;
    if (file === undefined) return;
    const conflict = await store(ports, file, options);
    if (conflict === undefined) stored.add(file.name);
    else taken.push(conflict);
  };
  try {
    for (const block of settled) {
      const name = blocks.length === 1 ? keyIdInName(options.source) : '';
      const found = await keyFileOf(ports, block, block.headers.get('path') ?? name);
      if ('reason' in found) {
        refusals.push(found);
        report(ports, found, block.type, options);
        continue;
      }
      // Neighbours of one name make one file.
      if (pending?.name === found.name)
        pending = { ...found, pem: Buffer.concat([pending.pem, found.pem]), key: undefined };
      else {
        await flush();
        pending = found;
      }
    }
  } finally {
    await flush();
  }
  const [conflict] = taken;
  if (conflict !== undefined) throw conflict;
  if (stored.size === 0 && refusals.length > 0) throw nothingImported(refusals, options);
  return [...stored];
}

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  /** What Notary 0.7.0 says of such a block. */
  readonly words: string;
  /** What was tried to open it. */
  readonly hint?: string | undefined;
}

const unreadable =
  'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header';

/** The key file that a block becomes, or why it becomes none. */
async function keyFileOf(ports: ImportPorts, settled: PemBlock, path: string): Promise<KeyFile | Refusal> {
  const headers = new Map(settled.headers);
  headers.delete('path');
  const block = { ...settled, headers };
  if (hasGun(headers.get('role') ?? '') && (headers.get('gun') ?? '') === '') {
    const reason = "Cannot have canonical role key without a gun, don't know what gun it belongs to";
    return {
      code: 'INVALID_KEY',
      reason,
      words: `failed to import key (${settled.headers.get('path') ?? ''}) to store: ${reason}`,
    };
  }
  try {
    if (!takesPassphrase(block)) {
      const { key } = readAnyPrivateKey(block);
      return contradicts(path, key) ?? (await encrypted(ports, block, key));
    }
    if (isEncryptedAsNotaryReads(block) && isFileName(path))
      return { name: asCanonicalKeyId(path), pem: encodePem(block), key: undefined };
    return await reencrypted(ports, block, path);
  } catch (error) {
    if (isNotaryError(error, 'INVALID_KEY')) {
      return { code: error.code, reason: error.message, words: unreadable };
    }
    if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    const reason = 'it is encrypted, and no passphrase opens it';
    return { code: error.code, reason, words: unreadable, hint: error.hint };
  }
}

/** A name that is the ID of another key is no accident. */
function contradicts(path: string, { keyId }: PrivateKey): Refusal | undefined {
  if (path === keyId || !/^[0-9a-f]{64}$/.test(path)) return undefined;
  return {
    code: 'INVALID_KEY',
    reason: `it holds the key ${keyId}, not ${path} as it says`,
    words: unreadable,
  };
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** The key file of a key under a new passphrase, unless there is one already. */
async function encrypted(
  { retrieve, log }: ImportPorts,
  { headers }: PemBlock,
  key: PrivateKey,
  known = '',
): Promise<KeyFile> {
  warnOfWeakness(log, key);
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
async function reencrypted(ports: ImportPorts, block: PemBlock, path: string): Promise<KeyFile | Refusal> {
  const keyName = isFileName(path) ? path : '';
  const role = block.headers.get('role') ?? '';
  const open = (passphrase: string) => ({ ...readAnyPrivateKey(block, passphrase), passphrase });
  const { key, readByNotary, passphrase } = await openWithPassphrase(
    ports.retrieve,
    keyName,
    role,
    open,
    true,
  );
  const refusal = contradicts(path, key);
  if (refusal !== undefined) return refusal;
  const asItIs = readByNotary && block.type === 'ENCRYPTED PRIVATE KEY';
  return asItIs ? { name: key.keyId, pem: encodePem(block), key } : encrypted(ports, block, key, passphrase);
}

function warnOfWeakness(log: Log, key: PrivateKey): void {
  const bits = key.object.asymmetricKeyDetails?.modulusLength ?? minRsaBits;
  if (bits < minRsaBits) {
    log.warn(`RSA key ${key.keyId} has ${bits} bits; no client accepts its signatures`, 'WEAK_KEY');
  }
}

/** Notary's words, and the reason where they leave it open. Curve parameters before a key need none. */
function report(
  { log }: ImportPorts,
  { code, reason, words }: Refusal,
  type: string,
  { source }: ImportOptions,
): void {
  log.warn(words);
  if (words === unreadable && type !== 'EC PARAMETERS')
    log.warn(`not imported from ${source}: ${type}: ${reason}`, code);
}

function nothingImported(refusals: readonly Refusal[], { source }: ImportOptions): NotaryError {
  const reasons = refusals.map(() => 'invalid key pem block').join(', ');
  const locked = refusals.filter(({ code }) => code === 'PASSPHRASE_INVALID');
  const code = locked.length === refusals.length ? 'PASSPHRASE_INVALID' : 'INVALID_KEY';
  return new NotaryError(code, `failed to import all keys: ${reasons}`, {
    details: { file: source },
    hint: locked[0]?.hint,
  });
}

/** @returns why the file must not take the place of one that is there; it has not been stored then */
async function store(
  ports: ImportPorts,
  file: KeyFile,
  options: ImportOptions,
): Promise<NotaryError | undefined> {
  const { storage, log } = ports;
  const { name, pem } = file;
  const present = await storage.get(name);
  if (present !== undefined && equalBytes(present, pem)) return undefined;
  const conflict = present && (await whyNotReplaced(ports.retrieve, file, present));
  if (conflict !== undefined) return conflict;
  await storage.set(name, pem);
  if (present !== undefined) log.warn(`key ${name} was there already and has been replaced`, 'KEY_REPLACED');
  else if (keyBlock(pem).headers.get('role') === 'root' && options.role === '') {
    log.warn(
      `${options.source} says that the key ${name} is a root key, so that "init" may take it; "key remove ${name}" removes it`,
      'ROOT_KEY_IMPORTED',
    );
  }
  return undefined;
}
