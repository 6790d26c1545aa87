/** Decides whether a root may be trusted for a GUN, given the previous root and the configuration. */

import type { ListedKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { formatInstant } from '../encoding/rfc3339.ts';
import { shellWord } from '../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { clockHint } from '../metadata/expiry.ts';
import type { Root } from '../metadata/root.ts';
import type { Signed } from '../metadata/signed.ts';
import { firstLeaf, rootCertificates, unfitForRoot } from './root-certificates.ts';
import { pinCheck, type RootCertificate, rootInvalid, type TrustPinning } from './trust-pinning.ts';

/** Verifies signatures of a file; handed in, since `tuf` stands above this ring. */
export type VerifySignatures = (
  envelope: Signed<Root>['envelope'],
  signers: { readonly keys: ReadonlyMap<ListedKeyId, PublicKey>; readonly threshold: number },
  role: string,
) => void;

export interface RootQuestion {
  readonly root: Signed<Root>;
  readonly previous: Signed<Root> | undefined;
  readonly gun: string;
  readonly pinning: TrustPinning;
  readonly now: Date;
  readonly verify: VerifySignatures;
  /** False where certificates of the new root may be out of date, too. */
  readonly certificateExpiry?: boolean;
}

/**
 * The checks of Notary 0.7.0, in its order: certificates made for the GUN; the previous root's
 * certificates and threshold; the pins; the root's own pinned certificates and threshold.
 * Version and expiry are judged elsewhere.
 *
 * @throws NotaryError ROOT_VALIDATION, ROOT_ROTATION
 */
export function validateRoot(question: RootQuestion): void {
  const { root, previous, gun, pinning, now, verify, certificateExpiry = true } = question;
  const candidates = rootCertificates(root.content, gun, now, { expiry: certificateExpiry });
  if (candidates.size === 0) throw noCertificates(root.content, gun, now);

  if (previous !== undefined) {
    const trusted = rootCertificates(previous.content, gun, now, { expiry: false });
    if (trusted.size === 0)
      throw rootInvalid('could not retrieve trusted certs from previous root role data');
    const threshold = previous.content.roles.get('root')?.threshold ?? 0;
    if (!isSigned(root, trusted, threshold, verify)) {
      throw new NotaryError(
        'ROOT_ROTATION',
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
        { details: { gun } },
      );
    }
  }

  const satisfiesPins = pinCheck(pinning, gun, previous === undefined, now);
  const pinned = new Map([...candidates].filter(([, candidate]) => satisfiesPins(candidate)));
  if (pinned.size === 0) throw rootInvalid('unable to match any certificates to trust_pinning config');
  const threshold = root.content.roles.get('root')?.threshold ?? 0;
  if (!isSigned(root, pinned, threshold, verify)) throw rootInvalid('failed to validate integrity of roots');
}

/** Distinguishes certificates that are refused only because of the time: the clock may be wrong. */
function noCertificates(root: Root, gun: string, now: Date): NotaryError {
  const error = rootInvalid('unable to retrieve valid leaf certificates');
  const [first] = rootCertificates(root, gun, now, { expiry: false }).values();
  if (first === undefined) return withUnfitness(error, root, gun, now);
  const notBefore = formatInstant(new Date(first.leaf.notBefore));
  const notAfter = formatInstant(new Date(first.leaf.notAfter));
  const clock = formatInstant(now);
  return new NotaryError(error.code, error.message, {
    details: { gun, notBefore, notAfter, now: clock },
    hint: `The root certificate of ${gun} is good from ${notBefore} to ${notAfter}. ${clockHint(clock)}`,
  });
}

/** Says what is wrong with the first certificate: a root that was made with it is not damaged. */
function withUnfitness(error: NotaryError, root: Root, gun: string, now: Date): NotaryError {
  const leaf = firstLeaf(root);
  const reason = leaf && unfitForRoot(leaf, gun, now);
  if (reason === undefined) return error;
  return new NotaryError(error.code, error.message, {
    details: { gun },
    hint: `The root certificate of ${gun} ${reason}: no client takes it. If this root was made here and never published, begin anew: tsnotary delete ${shellWord(gun)}, then tsnotary init ${shellWord(gun)}, with a certificate for that name or without --rootcert.`,
  });
}

/** True when enough of the certificates have signed the root. */
export function isSigned(
  root: Signed<Root>,
  certificates: ReadonlyMap<ListedKeyId, RootCertificate>,
  threshold: number,
  verify: VerifySignatures,
): boolean {
  try {
    verify(
      root.envelope,
      { keys: new Map([...certificates].map(([id, { key }]) => [id, key])), threshold },
      'root',
    );
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
