/** Trust pins given by a script. */

import { isNotaryError } from '../errors.ts';
import type { Files } from '../ports.ts';
import type { TrustPinning } from '../trust-pinning/trust-pinning.ts';
import type { TrustPins } from './repository.ts';

/**
 * Reads the CA files that pins name. One that cannot be read counts as such for the GUNs that it is pinned
 * for, and for them only.
 */
export async function readPins(pins: TrustPins = {}, files: Files): Promise<TrustPinning> {
  const ca = new Map<string, Uint8Array | undefined>();
  for (const [prefix, path] of Object.entries(pins.ca ?? {})) ca.set(prefix, await readCa(files, path));
  return { certs: new Map(Object.entries(pins.certs ?? {})), ca, disableTofu: pins.disableTofu ?? false };
}

async function readCa(files: Files, path: string): Promise<Uint8Array | undefined> {
  try {
    return await files.read(path);
  } catch (error) {
    if (isNotaryError(error, 'FILE_UNREADABLE')) return undefined;
    throw error;
  }
}
