/** Exports private keys: the key files, one after the other, each block with its path. */

import { compareUtf8 } from '../encoding/bytes.ts';
import { encodePem, parsePem } from '../encoding/pem.ts';
import { isNotaryError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';

export interface ExportPorts {
  readonly storage: KeyStorage;
  readonly log: Log;
}

/** Which keys to export; two empty lists mean all. */
export interface ExportFilter {
  /** Keys of exactly these GUNs. */
  readonly guns: readonly string[];
  /** Keys of these IDs. */
  readonly keyIds: readonly string[];
}

/**
 * The PEM bundle of the keys that match, still encrypted, ordered by file name. It may be empty.
 *
 * A file without a PEM block, or that cannot be read, is named in an error record and left out.
 *
 * @throws NotaryError FILE_UNREADABLE for the folder, and for a key that was asked for by its ID
 */
export async function exportKeys(ports: ExportPorts, filter: ExportFilter): Promise<Uint8Array> {
  const bundle: Uint8Array[] = [];
  for (const name of [...(await ports.storage.list())].sort(compareUtf8)) {
    const base = name.slice(name.lastIndexOf('/') + 1);
    if (filter.keyIds.length > 0 && !filter.keyIds.includes(base)) continue;
    const pem = await readable(ports, name, filter.keyIds.length > 0);
    if (pem === undefined) continue;
    const blocks = parsePem(pem);
    const [first] = blocks;
    if (first === undefined) {
      ports.log.error(
        `PEM block is empty: cannot export ${ports.storage.location}/${name}.key`,
        'INVALID_KEY',
      );
      continue;
    }
    if (filter.guns.length > 0 && !filter.guns.includes(first.headers.get('gun') ?? '')) continue;
    for (const block of blocks) {
      bundle.push(encodePem({ ...block, headers: new Map([...block.headers, ['path', name]]) }));
    }
  }
  return Buffer.concat(bundle);
}

/** The other files are exported although one cannot be read. */
async function readable(
  { storage, log }: ExportPorts,
  name: string,
  askedFor: boolean,
): Promise<Uint8Array | undefined> {
  try {
    return await storage.get(name);
  } catch (error) {
    if (askedFor || !isNotaryError(error, 'FILE_UNREADABLE')) throw error;
    log.error(`${error.message}: cannot export ${storage.location}/${name}.key`, error.code);
    return undefined;
  }
}
