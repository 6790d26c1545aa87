/**
 * Tolerates faults of the cache, which may be read-only, full or damaged: the client uses verified metadata all the
 * same.
 */

import { isNotaryError, type NotaryError, rephrased, sameWords } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';

/**
 * As the cache given, but a file that cannot be written is no failure: the next run downloads it again (Notary
 * 0.7.0). The first one causes a warning, since the next run cannot notice a rollback either.
 *
 * A file that cannot be read, or is obviously none of Notary's, counts as missing, with a warning that names it:
 * the server has it. Only the root is the anchor of trust, which is never replaced silently.
 */
export function tolerantCache(cache: MetadataStore, log: Log): MetadataStore {
  let warned = false;
  const damaged = new Set<string>();
  const passOver = (role: string, reason: string): Uint8Array | undefined => {
    if (!damaged.has(role)) log.warn(`cached metadata cannot be used: ${reason}`, 'CACHE_DAMAGED');
    damaged.add(role);
    return undefined;
  };
  const written = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
      if (!warned) log.warn(`verified metadata could not be saved: ${error.message}`, 'CACHE_UNWRITABLE');
      warned = true;
    }
  };
  return {
    async get(role) {
      try {
        const bytes = await cache.get(role);
        if (bytes === undefined || role === 'root' || isOneObject(bytes)) return bytes;
        return passOver(role, `read ${cache.location(role)}: not a metadata file`);
      } catch (error) {
        if (!isNotaryError(error, 'FILE_UNREADABLE')) throw error;
        if (role === 'root') throw damagedRoot(cache, error);
        return passOver(role, error.message);
      }
    },
    location: (role) => cache.location(role),
    set: (role, bytes) => written(() => cache.set(role, bytes)),
    remove: (role) => written(() => cache.remove(role)),
  };
}

const [openBrace, closeBrace] = [0x7b, 0x7d];

/**
 * False for what was cut off, emptied or overwritten with something else. All other damage shows in the
 * checksums and signatures.
 */
function isOneObject(bytes: Uint8Array): boolean {
  const last = bytes.findLastIndex((byte) => byte !== 0x0a && byte !== 0x20);
  return bytes[0] === openBrace && bytes[last] === closeBrace && !bytes.includes(0);
}

function damagedRoot(cache: MetadataStore, cause: NotaryError): NotaryError {
  return rephrased(cause, sameWords, {
    hint: `The cached root ${cache.location('root')} cannot be read. Make it readable; or have "tsnotary anchor refresh" replace it, when the fingerprint of what the server has is right.`,
  });
}
