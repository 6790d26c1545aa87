/** Checks the anchor: compares fingerprints that the user has with the root of a GUN. */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import type { Root } from '../../metadata/root.ts';
import type { Finding } from '../../review/finding.ts';
import { bundleOf } from '../../trust-pinning/root-certificates.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { type DescribedRoot, describeRoot } from './described-root.ts';
import { type FingerprintMatch, matchFingerprint } from './fingerprint.ts';
import { type AnchorLook, type AnchorLookPorts, inspectAnchor } from './inspect-anchor.ts';

export interface CheckedFingerprint {
  /** 64 hex digits in small letters. */
  readonly fingerprint: string;
  /** What of the root it names; undefined when nothing. */
  readonly match: FingerprintMatch | undefined;
  /** It names a certificate or key that the root lists as a former one. */
  readonly former: boolean;
  /** It names one that the root lists, and has no valid signature of. */
  readonly unsigned: boolean;
}

export interface AnchorCheck {
  /** Where the root that was compared comes from. */
  readonly source: 'server' | 'cache';
  /** Undefined when there is none that could be compared. */
  readonly root: DescribedRoot | undefined;
  readonly rows: readonly CheckedFingerprint[];
  readonly findings: readonly Finding[];
}

/**
 * Holds fingerprints against the newest root that is proved by the trusted one, or, where none is trusted yet, against
 * the one that the server serves. The cache does not stand in for a server that cannot be reached, unless offline.
 *
 * @param fingerprints as `parseFingerprint` returns them
 * @throws NotaryError as `inspectAnchor`
 */
export async function checkAnchor(
  ports: AnchorLookPorts,
  fingerprints: readonly string[],
  { now, offline }: { readonly now: Date; readonly offline: boolean },
): Promise<AnchorCheck> {
  const look = await inspectAnchor(ports, now, { offline });
  const root = look.root && describeRoot(look.root, now);
  const rows = [...new Set(fingerprints)].map((fingerprint) =>
    checked(fingerprint, root, look.root?.content),
  );
  const differ = rows.filter(({ match }) => match === undefined);
  return {
    source: sourceOf(look),
    root,
    rows,
    findings: [...look.findings, ...differ.map((row) => differs(ports.gun, row))],
  };
}

/** Holds one fingerprint against a root. */
export function checked(
  fingerprint: string,
  described: DescribedRoot | undefined,
  root: Root | undefined,
): CheckedFingerprint {
  const named = described && matchFingerprint(fingerprint, described);
  const match = named?.key.signed === true ? named : undefined;
  return {
    fingerprint,
    match,
    former: named === undefined && root !== undefined && isFormer(fingerprint, root),
    unsigned: named !== undefined && match === undefined,
  };
}

function sourceOf({ root, served }: AnchorLook): AnchorCheck['source'] {
  return root !== undefined && served?.root === root ? 'server' : 'cache';
}

/** Notary keeps the certificates of former root keys among the keys of a root. */
function isFormer(fingerprint: string, { keys, roles }: Root): boolean {
  const present = new Set(roles.get('root')?.keyIds);
  return [...keys].some(([id, key]) => {
    const [leaf] = present.has(id) ? [] : bundleOf(key);
    if (leaf === undefined) return false;
    return [toHex(digest('sha256', leaf.der)), id, canonicalIdOr(id, key)].includes(fingerprint);
  });
}

/** The finding of a fingerprint that names nothing of the root. */
export function differs(gun: string, { fingerprint, former, unsigned }: CheckedFingerprint): Finding {
  const listed = 'a key that it lists, and that has not signed it: another may have made this root';
  const of = unsigned
    ? listed
    : former
      ? 'a former root, not the present one'
      : 'no certificate and no key of it';
  const message = `${fingerprint} is not that of the root of ${gun}: it names ${of}`;
  return { code: 'FINGERPRINT_DIFFERS', severity: 'error', role: 'root', message };
}
