/**
 * Shows the anchor: finds which root this machine trusts for a GUN and what pins say of it. It asks the server only
 * where it has to.
 */

import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Finding } from '../../review/finding.ts';
import { damageFinding, pinFindings, refusalFinding, rootFindings } from './anchor-findings.ts';
import { type AnchorPin, anchorPins } from './anchor-pins.ts';
import { type DescribedRoot, describeRoot } from './described-root.ts';
import { heldAnchor } from './held-anchor.ts';
import type { AnchorLookPorts } from './inspect-anchor.ts';
import { servedAnchor } from './served-anchor.ts';

export interface ShownRoot {
  /** `not-trusted`: nothing is trusted here, and the root is what the server serves; `damaged`: it is what the file claims. */
  readonly state: 'trusted' | 'not-trusted' | 'damaged';
  /** Where the cached root lies, or would. */
  readonly file: string;
  /** Undefined when there is none that could be read. */
  readonly root: DescribedRoot | undefined;
  /** As it was verified; undefined for what a damaged file claims. */
  readonly verified: Signed<Root> | undefined;
  readonly pins: readonly AnchorPin[];
  readonly findings: readonly Finding[];
}

/**
 * @param online asks for the server: for a root where none is trusted, for former roots where a pin names another one
 * @throws NotaryError REPOSITORY_NOT_EXIST and the codes of the server's answers, where it is asked for the root
 */
export async function showAnchor(
  local: AnchorLookPorts,
  online: () => Promise<AnchorLookPorts>,
  now: Date,
): Promise<ShownRoot> {
  const { gun, cache, pinning } = local;
  const held = await heldAnchor(local, now);
  const file = cache.location('root');
  if (held.kind === 'damaged') {
    const findings = [damageFinding(gun, file, held.reason)];
    const pins = await anchorPins(local, undefined, now);
    return { state: 'damaged', file, root: held.claims, verified: undefined, pins, findings };
  }
  const trusted = held.kind === 'held';
  const served = trusted ? { verified: held.root, findings: [] } : await servedRoot(await online(), now);
  const { verified } = served;
  const root = verified && describeRoot(verified, now);
  let pins = await anchorPins(local, verified, now);
  if (pins[0]?.verdict === 'contradicts') pins = await anchorPins(await online(), verified, now);
  const { disableTofu } = pinning;
  const judged = root === undefined ? [] : rootFindings(gun, root, trusted ? 'warning' : 'error');
  const pinned = root === undefined ? [] : pinFindings(gun, pins, { trusted, disableTofu });
  const first: readonly Finding[] = trusted ? [] : [notTrusted(gun)];
  return {
    ...{ state: trusted ? 'trusted' : 'not-trusted', file, root, verified, pins },
    findings: [...first, ...served.findings, ...judged, ...pinned],
  };
}

async function servedRoot(
  ports: AnchorLookPorts,
  now: Date,
): Promise<{ readonly verified: Signed<Root> | undefined; readonly findings: readonly Finding[] }> {
  try {
    return { verified: (await servedAnchor(ports, { kind: 'none' }, now)).root, findings: [] };
  } catch (error) {
    const finding = refusalFinding(error);
    if (finding === undefined) throw error;
    return { verified: undefined, findings: [finding] };
  }
}

function notTrusted(gun: string): Finding {
  const message = `no root of ${gun} is trusted on this machine yet; this is what the server serves: compare the fingerprint with what the owner says`;
  return { code: 'ROOT_NOT_TRUSTED', severity: 'warning', role: 'root', message };
}
