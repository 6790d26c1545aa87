/**
 * Imports private keys: exports of this program or of Notary, and keys of other programs.
 *
 * Each block is judged by itself. Whatever was accepted is stored in an encoding that Notary 0.7.0
 * reads.
 */

import { kindOfFile } from '../crypto/key-files/foreign-blocks.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { equalBytes } from '../encoding/bytes.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../errors.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import { type BlockPorts, keyFileOf, type Refusal, unreadable } from './import-block.ts';
import { defaultRole, type ImportOptions, keyIdInName, withDefaults } from './import-defaults.ts';
import { type KeyInfo, keyBlock, keyInfoOf } from './key-file.ts';
import { blocksOfKeyFile, type KeyFileBlocks } from './key-file-blocks.ts';
import { type KeyFile, whyNotReplaced } from './replace-key.ts';

/** The retriever is a fresh one for each file: what was typed for one file is not used for another (Notary 0.7.0). */
export interface ImportPorts extends BlockPorts {
  readonly storage: KeyStorage;
}

export interface ImportedKey extends KeyInfo {
  /** False when nothing but the file says what its ID is. */
  readonly proven: boolean;
  /** True when the very file was here already. */
  readonly unchanged: boolean;
}

/**
 * Stores every private key of a file.
 *
 * Unencrypted keys are encrypted with a new passphrase, those of PKCS#12 with the one that opened it. Encrypted ones
 * are stored as they are when Notary 0.7.0 reads them so, else encrypted anew with the passphrase that opens them. A
 * block that cannot be imported is passed over with a warning, unless there is no other.
 *
 * What a file says of its key is a claim. A key that is there already is replaced only by what is certainly the same
 * key for the same role and GUN; Notary 0.7.0 replaces any. The other keys of the file are imported before that is an
 * error.
 *
 * @param file as `blocksOfKeyFile` reads it
 * @returns the keys that were stored
 * @throws NotaryError FLAG_CONTRADICTED, with nothing imported; INVALID_KEY when there were blocks and none could be
 * imported, PASSPHRASE_INVALID when all of them are locked, NO_PEM_BLOCKS when there were none and it is strict;
 * KEY_EXISTS; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE: keys before that point stay imported
 */
export async function importKeys(
  ports: ImportPorts,
  file: Uint8Array,
  options: ImportOptions,
): Promise<readonly ImportedKey[]> {
  const { blocks, passphrase } = await opened(ports, file, options);
  if (blocks.length === 0) sayWhatItIs(ports, file, options);
  const settled = blocks.map((block) => withDefaults(block, options));
  const refusals: Refusal[] = [];
  const taken: NotaryError[] = [];
  const stored = new Map<CanonicalKeyId, ImportedKey>();
  let pending: KeyFile | undefined;
  const flush = async () => {
    const file = pending;
    pending = undefined;
    if (file === undefined) return;
    const outcome = await store(ports, file, options);
    if (isNotaryError(outcome)) taken.push(outcome);
    else {
      const info = keyInfoOf(file.name, keyBlock(file.pem));
      const proven = file.key !== undefined;
      stored.set(file.name, { ...info, proven, unchanged: outcome === 'unchanged' });
    }
  };
  try {
    for (const block of settled) {
      const name = blocks.length === 1 ? keyIdInName(options.source) : '';
      const found = await keyFileOf(ports, block, block.headers.get('path') ?? name, passphrase);
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
  return [...stored.values()];
}

async function opened(
  { retrieve }: ImportPorts,
  file: Uint8Array,
  { role, source }: ImportOptions,
): Promise<KeyFileBlocks> {
  try {
    return await blocksOfKeyFile(file, role === '' ? defaultRole : role, retrieve);
  } catch (error) {
    if (!isNotaryError(error, 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED')) throw error;
    const where = `${source} is PKCS#12, which has a passphrase of its own.`;
    throw rephrased(error, sameWords, {
      details: { file: source },
      hint: error.hint === undefined ? where : `${where} ${error.hint}`,
    });
  }
}

/** Notary 0.7.0 succeeds with a file that holds no key. */
function sayWhatItIs({ caution }: ImportPorts, file: Uint8Array, { source }: ImportOptions): void {
  const { what, advice } = kindOfFile(file);
  const next = advice === undefined ? '' : `. ${advice}`;
  caution(
    'NO_PEM_BLOCKS',
    `no PEM blocks in ${source}: it is ${what}, and no key is imported from it${next}`,
    {
      file: source,
    },
  );
}

/** Notary's words, and the reason where they leave it open. Curve parameters before a key need none. */
function report(
  { log, caution }: ImportPorts,
  { code, reason, advice, words }: Refusal,
  type: string,
  { source }: ImportOptions,
): void {
  log.warn(words);
  if (words !== unreadable || type === 'EC PARAMETERS') return;
  const message = `not imported from ${source}: ${type}: ${reason}${advice === undefined ? '' : `. ${advice}`}`;
  if (type.endsWith('PRIVATE KEY')) caution(code, message, { file: source });
  else log.warn(message, code);
}

function nothingImported(refusals: readonly Refusal[], { source }: ImportOptions): NotaryError {
  const reasons = refusals.map(() => 'invalid key pem block').join(', ');
  const locked = refusals.filter(({ code }) => code === 'PASSPHRASE_INVALID');
  const code = locked.length === refusals.length ? 'PASSPHRASE_INVALID' : 'INVALID_KEY';
  const [known] = refusals.flatMap(({ reason, advice }) =>
    advice === undefined ? [] : [`${source}: ${reason}. ${advice}`],
  );
  return new NotaryError(code, `failed to import all keys: ${reasons}`, {
    details: { file: source },
    hint: locked[0]?.hint ?? known,
  });
}

/** @returns what became of the file, or why it must not take the place of one that is there */
async function store(
  ports: ImportPorts,
  file: KeyFile,
  options: ImportOptions,
): Promise<NotaryError | 'stored' | 'unchanged'> {
  const { storage, log } = ports;
  const { name, pem } = file;
  const present = await storage.get(name);
  if (present !== undefined && equalBytes(present, pem)) return 'unchanged';
  const conflict = present && (await whyNotReplaced(ports.retrieve, file, present));
  if (conflict !== undefined) return conflict;
  await storage.set(name, pem);
  if (present !== undefined) {
    log.warn(
      `key ${name} was here already, and is the same key: its file is now as in ${options.source}, with the passphrase of that`,
      'KEY_REPLACED',
    );
  } else if (keyBlock(pem).headers.get('role') === 'root' && options.role === '') {
    log.warn(
      `${name} is a root key, as ${options.source} says, and "init" may take it; if it is not yours, "key remove ${name}" removes it`,
      'ROOT_KEY_IMPORTED',
    );
  }
  return 'stored';
}
