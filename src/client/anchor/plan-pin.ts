/** Plans a pin: which certificates of a verified root it lists, and what becomes of the pins that are there. */

import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Finding } from '../../review/finding.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { AnchorPin } from './anchor-pins.ts';
import { type CheckedFingerprint, checked, differs } from './check-anchor.ts';
import { type DescribedRoot, describeRoot } from './described-root.ts';
import { type AnchorLook, type AnchorLookPorts, inspectAnchor } from './inspect-anchor.ts';

export interface PinPlan {
  /** Undefined when no root can be believed. */
  readonly root: DescribedRoot | undefined;
  readonly rows: readonly CheckedFingerprint[];
  readonly pins: readonly AnchorPin[];
  /** What the GUN is pinned to itself, as it is. */
  readonly before: readonly string[] | undefined;
  /** What it is to be pinned to. */
  readonly after: readonly string[];
  /** The pin names a former root, and its IDs go. */
  readonly replaces: boolean;
  /** With an error among them nothing may be written. */
  readonly findings: readonly Finding[];
}

/**
 * @param fingerprints those of root certificates or keys, which the root must have; without any all its keys are pinned,
 * if this machine trusts it
 * @throws NotaryError ROOT_NOT_TRUSTED when nothing is trusted and no fingerprint is given; as `inspectAnchor`
 */
export async function planPin(
  ports: AnchorLookPorts,
  fingerprints: readonly string[],
  now: Date,
): Promise<PinPlan> {
  const { gun, pinning } = ports;
  const look = await inspectAnchor(ports, now);
  if (!look.trusted && fingerprints.length === 0) throw notTrusted(gun, look);
  const root = look.root && describeRoot(look.root, now);
  const rows = fingerprints.map((fingerprint) => checked(fingerprint, root, look.root?.content));
  const before = pinning.certs.get(gun);
  const nothing = { root, rows, pins: look.pins, before, after: before ?? [], replaces: false };
  const errors = look.findings.filter((finding) => keepsFromPinning(finding, look));
  const unknown = rows.filter(({ match }) => match === undefined);
  const against = [...errors, ...unknown.map((row) => differs(gun, row))];
  if (look.root === undefined || root === undefined || against.length > 0)
    return { ...nothing, findings: against };
  const chosen =
    fingerprints.length === 0
      ? root.keys.map(({ tufKeyId }) => tufKeyId)
      : rows.flatMap(({ match }) => match?.key.tufKeyId ?? []);
  const replaces = look.pins[0]?.provedFrom !== undefined;
  const after = [...new Set([...(replaces ? [] : (before ?? [])), ...chosen])];
  const failure = failureWith(
    { ...pinning, certs: new Map([...pinning.certs, [gun, after]]) },
    gun,
    look.root,
    now,
  );
  return { ...nothing, after, replaces, findings: failure === undefined ? [] : [failure] };
}

/** What a pin mends keeps from none: that of a former root, no pin where first use is off, a cache that cannot be read. */
function keepsFromPinning({ code, severity }: Finding, { trusted, root }: AnchorLook): boolean {
  if (severity !== 'error' || code === 'CACHE_DAMAGED') return false;
  return code !== 'ROOT_VALIDATION' || trusted || root === undefined;
}

/** A client with an empty cache must take the root by the pins alone: several keys may have to have signed it. */
function failureWith(pinning: TrustPinning, gun: string, root: Signed<Root>, now: Date): Finding | undefined {
  try {
    new RepoBuilder({ gun, pinning, now }).loadRoot(root.envelope.bytes, { minVersion: 1 });
    return undefined;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    const message = `with these pins no client would take the root of ${gun}, whose threshold is ${root.content.roles.get('root')?.threshold ?? 1}: ${error.message}`;
    return { code: 'ROOT_VALIDATION', severity: 'error', role: 'root', message };
  }
}

function notTrusted(gun: string, { held }: AnchorLook): NotaryError {
  const why =
    held.kind === 'damaged'
      ? `the cached root of ${gun} cannot be believed`
      : `no root of ${gun} is trusted on this machine`;
  return new NotaryError(
    'ROOT_NOT_TRUSTED',
    `${why}, so that there is nothing to pin without a fingerprint`,
    {
      details: { gun },
      hint: 'Ask the owner of the collection for the fingerprint of its root certificate, and give it.',
    },
  );
}
