/** Importing key files into a key store in memory. */

import { cautionFor } from '../../src/composition/strictness.ts';
import { type ImportedKey, importKeys } from '../../src/keys/import-keys.ts';
import { onlyBlock, type ScriptedRetriever, scriptedRetriever } from './key-file-samples.ts';
import { type MemoryKeyStorage, memoryKeyStorage, memoryLog } from './memory-ports.ts';

export interface ImportCase {
  readonly storage?: MemoryKeyStorage;
  readonly retriever?: ScriptedRetriever;
  readonly role?: string;
  readonly gun?: string;
  readonly source?: string;
  readonly strict?: boolean;
}

/** Imports the PEM texts as one file. */
export async function imported(pems: readonly Uint8Array[], options: ImportCase = {}) {
  const storage = options.storage ?? memoryKeyStorage();
  const log = memoryLog();
  const retriever =
    options.retriever ?? scriptedRetriever('new passphrase', 'new passphrase', 'new passphrase');
  const { role = '', gun: ofGun = '', source = 'file.pem' } = options;
  const caution = cautionFor(options.strict === true ? 'all' : 'none', log);
  const ports = { storage, log, caution, retrieve: retriever.retrieve };
  let failure: unknown;
  let keys: readonly ImportedKey[] = [];
  try {
    keys = await importKeys(ports, Buffer.concat(pems), { role, gun: ofGun, source });
  } catch (error) {
    failure = error;
  }
  return {
    storage,
    log,
    failure,
    keys,
    keyIds: keys.map(({ keyId }) => keyId),
    requests: retriever.requests,
  };
}

export function headersOf(storage: MemoryKeyStorage, id: string): Record<string, string> {
  return Object.fromEntries(onlyBlock(storage.files.get(id)).headers);
}
