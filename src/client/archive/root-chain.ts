/** Verifies the chain of archived roots, and holds the fingerprints that the user knows against it. */

import type { ArchivedFile } from '../../archive/repository-record.ts';
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
  /** The other roots that the archive holds. */
  readonly others: readonly Pick<ArchivedFile, 'version' | 'sha256'>[];
  /** The server served none of the roots that are missing before the first one. */
  readonly absent: boolean;
  readonly now: Date;
}

/**
 * Goes from the first archived root to the newest one: each must be signed by its own keys and by those of the one before
 * (TUF 5.3). Roots on the way, and their certificates, may have expired.
 */
export async function verifyRootChain(
  remote: Pick<RemoteStore, 'get'>,
  { gun, newest, others, absent, now }: ChainRequest,
): Promise<RootChain> {
  const findings: Finding[] = [];
  const allowance = new VerificationAllowance();
  const last = newest.content.version;
  const held = new Set(others.map(({ version }) => version));
  const missing = versionsBelow(last).filter((version) => !held.has(version));
  if (missing.length > 0)
    findings.push(gap(gun, missing, absent && missing.length === lowest([...held, last]) - 1));
  let roots: Signed<Root>[] = [];
  const inOrder = [...others].sort((one, other) => one.version - other.version);
  for (const { version, sha256 } of [...inOrder, { version: last, sha256: undefined }]) {
    const isOther = sha256 !== undefined;
    if (isOther && (version === last || roots.at(-1)?.content.version === version)) {
      findings.push(twice(gun, version));
      continue;
    }
    const bytes = isOther
      ? await remote.get(`root.${sha256}`, sizeLimits.servedAlone)
      : newest.envelope.bytes;
    const settings = { gun, pinning: noPinning, now, allowance, acceptsExpired: () => true };
    try {
      const builder = new RepoBuilder({ ...settings, previousRoot: roots.at(-1) });
      roots.push(builder.loadRoot(bytes, { minVersion: version, allowExpired: true }));
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      findings.push(broken(gun, version, roots.at(-1)?.content.version, error));
      if (!isOther) roots = [newest];
    }
  }
  return { roots, findings };
}

/** Two roots of one version: one of them at least was never the collection's. */
function twice(gun: string, version: number): Finding {
  const message = `the archive holds more than one version ${version} of the root of ${gun}`;
  return { code: 'ARCHIVE_INVALID', severity: 'error', role: 'root', message };
}

function versionsBelow(version: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.min(version - 1, 10_000)) }, (_, index) => index + 1);
}

function lowest(versions: readonly number[]): number {
  return versions.reduce((least, version) => Math.min(least, version));
}

/** A repository that was moved to another server begins there with a later root: what never was is not missing. */
function gap(gun: string, missing: readonly number[], neverServed: boolean): Finding {
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ' …' : '');
  const one = missing.length === 1;
  const which = `${one ? 'version' : 'versions'} ${shown} of the root of ${gun}`;
  const message = neverServed
    ? `the server did not have ${which}: readers who trust ${one ? 'it' : 'one of them'} follow by signatures on later roots`
    : `the archive lacks ${which}: a reader who trusts ${one ? 'it' : 'one of them'} may not find the way to the newest`;
  return { code: 'ARCHIVE_INCOMPLETE', severity: neverServed ? 'note' : 'warning', role: 'root', message };
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
 * @param fingerprints 64 hex digits each: of a certificate, or the ID of a root key; undefined when nothing was given, and
 * empty when what was given is for other repositories
 */
export function anchorFindings(
  gun: string,
  chain: readonly Signed<Root>[],
  fingerprints: readonly string[] | undefined,
  now: Date,
): readonly Finding[] {
  if (fingerprints === undefined) {
    const message = `nothing from outside the archive says that the root of ${gun} is the right one: this is trust on first use; compare its fingerprint and give it with --root`;
    return [{ code: 'FIRST_USE', severity: 'note', role: 'root', message }];
  }
  const described = chain.map((root) => describeRoot(root, now));
  const names = (hex: string) => described.some((root) => matchFingerprint(hex, root)?.key.signed === true);
  if (fingerprints.some(names)) return [];
  const message =
    fingerprints.length === 0
      ? `what was given to hold the root against is for other repositories, and nothing of it for ${gun}`
      : `none of the fingerprints given is that of a root key that has signed the root of ${gun}`;
  return [{ code: 'FINGERPRINT_DIFFERS', severity: 'error', role: 'root', message }];
}

/** The fingerprint of a certificate in DER: its SHA-256. */
export function certificateFingerprint(der: Uint8Array): string {
  return toHex(digest('sha256', der));
}
