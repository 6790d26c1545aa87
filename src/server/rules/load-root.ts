/** Reads a root as the server does, whether uploaded or stored. */

import { checkExpiry } from '../../metadata/expiry.ts';
import { parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { validateRoot } from '../../trust-pinning/validate-root.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import { checkGoTypes } from './go-types.ts';

export interface RootOptions {
  readonly gun: string;
  readonly now: Date;
  /** The root that this one follows and must be signed by. */
  readonly previous?: Signed<Root> | undefined;
  readonly allowExpired?: boolean;
}

/**
 * Structure, certificates, signatures of the previous root and its own, expiry.
 *
 * @throws NotaryError INVALID_METADATA, ROOT_VALIDATION, ROOT_ROTATION, EXPIRED, and what reading may throw
 */
export function loadRoot(bytes: Uint8Array, options: RootOptions): Signed<Root> {
  const { gun, now, previous, allowExpired } = options;
  const envelope = parseEnvelope(bytes);
  checkGoTypes(envelope.signed);
  const root = parseRoot(envelope);
  validateRoot({ root, previous, gun, pinning: noPinning, now, verify: verifySignatures });
  if (allowExpired !== true) checkExpiry('root', root.content.expires, now);
  return root;
}
