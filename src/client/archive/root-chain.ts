/** Verifies the chain of archived roots, and holds the fingerprints that the user knows against it. */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import type { Finding } from '../../review/finding.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { describeRoot } from '../anchor/described-root.ts';
import { matchFingerprint } from '../anchor/fingerprint.ts';

export interface RootChain {
  /** The roots that lead without a break to the newest one, the newest last. */
  readonly roots: readonly Signed<Root>[];
  readonly findings: readonly Finding[];
}

interface ChainRequest {
  readonly gun: string;
  /** The verified newest root. */
  readonly newest: Signed<Root>;
  /** Versions of the roots before it that the archive holds. */
  readonly versions: readonly number[];
  readonly now: Date;
}

/**
 * Goes from the first archived root to the newest one: each must be signed by its own keys and by those of the one before
 * (TUF 5.3). Roots on the way, and their certificates, may have expired.
 */
export async function verifyRootChain(
  remote: Pick<RemoteStore, 'get'>,
  { gun, newest, versions, now }: ChainRequest,
): Promise<RootChain> {
  const findings: Finding[] = [];
  const allowance = new VerificationAllowance();
  const last = newest.content.version;
  const missing = versionsBelow(last).filter((version) => !versions.includes(version));
  if (missing.length > 0) findings.push(gap(gun, missing));
  let roots: Signed<Root>[] = [];
  for (const version of [...versions].sort((one, other) => one - other).concat(last)) {
    const bytes =
      version === last ? newest.envelope.bytes : await remote.get(`${version}.root`, sizeLimits.servedAlone);
    const settings = { gun, pinning: noPinning, now, allowance, acceptsExpired: () => true };
    try {
      const builder = new RepoBuilder({ ...settings, previousRoot: roots.at(-1) });
      roots.push(builder.loadRoot(bytes, { minVersion: version, allowExpired: true }));
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      findings.push(broken(gun, version, roots.at(-1)?.content.version, error));
      roots = version === last ? [newest] : [];
    }
  }
  return { roots, findings };
}

function versionsBelow(version: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.min(version - 1, 10_000)) }, (_, index) => index + 1);
}

function gap(gun: string, missing: readonly number[]): Finding {
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ' …' : '');
  const message = `the archive lacks ${missing.length === 1 ? 'version' : 'versions'} ${shown} of the root of ${gun}: a reader who trusts one of them may not find the way to the newest`;
  return { code: 'ARCHIVE_INCOMPLETE', severity: 'warning', role: 'root', message };
}

function broken(
  gun: string,
  version: number,
  previous: number | undefined,
  error: { readonly code: Finding['code']; readonly message: string },
): Finding {
  const after = previous === undefined ? '' : ` after version ${previous}`;
  const message = `version ${version} of the root of ${gun} cannot be believed${after}: ${error.message}`;
  return { code: error.code, severity: 'error', role: 'root', message };
}

/**
 * Holds fingerprints against the chain. One that is right is enough: the others may be those of other repositories.
 *
 * @param fingerprints 64 hex digits each: of a certificate, or the ID of a root key
 */
export function anchorFindings(
  gun: string,
  chain: readonly Signed<Root>[],
  fingerprints: readonly string[],
  now: Date,
): readonly Finding[] {
  if (fingerprints.length === 0) {
    const message = `nothing from outside the archive says that the root of ${gun} is the right one: this is trust on first use; compare its fingerprint and give it with --root`;
    return [{ code: 'FIRST_USE', severity: 'note', role: 'root', message }];
  }
  const described = chain.map((root) => describeRoot(root, now));
  const names = (hex: string) => described.some((root) => matchFingerprint(hex, root)?.key.signed === true);
  if (fingerprints.some(names)) return [];
  const message = `none of the fingerprints given is that of a root key that has signed the root of ${gun}`;
  return [{ code: 'FINGERPRINT_DIFFERS', severity: 'error', role: 'root', message }];
}

/** The fingerprint of a certificate in DER: its SHA-256. */
export function certificateFingerprint(der: Uint8Array): string {
  return toHex(digest('sha256', der));
}
