/** Holds a root that is known already against the pins: what they name must have signed it, not only be listed in it. */

import { isNotaryError } from '../errors.ts';
import type { Root } from '../metadata/root.ts';
import type { Signed } from '../metadata/signed.ts';
import { rootCertificates } from './root-certificates.ts';
import { pinCheck, type TrustPinning } from './trust-pinning.ts';
import { isSigned, type VerifySignatures } from './validate-root.ts';

export interface KnownRoot {
  readonly gun: string;
  readonly root: Signed<Root>;
  readonly now: Date;
  readonly verify: VerifySignatures;
}

/** That a pin names no certificate of the root; that those which it names have not signed it. Any other reason is a defect of the pin. */
export const noneNamed = 'unable to match any certificates to trust_pinning config';
export const notSigned = 'too few of the certificates that it names have signed the root';

/**
 * Why a root does not satisfy the pins; undefined when it does, or when nothing is pinned for the GUN. As for a client
 * with an empty cache, the certificates that the pins name must have signed it: certificates are public, and a thief
 * can list that of the owner in a root of his own. A CA may have expired since it vouched for the certificate.
 */
export function pinContradiction(
  pinning: TrustPinning,
  { gun, root, now, verify }: KnownRoot,
): string | undefined {
  const certificates = rootCertificates(root.content, gun, now, { expiry: false });
  if (certificates.size === 0) return undefined;
  const threshold = root.content.roles.get('root')?.threshold ?? 0;
  const times = [now, ...[...certificates.values()].map(({ leaf }) => new Date(leaf.notBefore))];
  let reason: string | undefined;
  for (const time of times) {
    try {
      const satisfies = pinCheck(pinning, gun, false, time);
      const pinned = new Map([...certificates].filter(([, candidate]) => satisfies(candidate)));
      if (pinned.size > 0 && isSigned(root, pinned, threshold, verify)) return undefined;
      reason ??= pinned.size === 0 ? noneNamed : notSigned;
    } catch (error) {
      if (!isNotaryError(error, 'ROOT_VALIDATION')) throw error;
      reason ??= error.message.replace(/^.*trusted root: /, '');
    }
  }
  return reason;
}
