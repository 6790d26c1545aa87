/** Inspects the anchor of a GUN on both sides, this machine's and the server's, and writes nothing. */

import { NotaryError } from '../../errors.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Finding } from '../../review/finding.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { damageFinding, pinFindings, proofFinding, refusalFinding, rootFindings } from './anchor-findings.ts';
import { type AnchorPin, anchorPins } from './anchor-pins.ts';
import { describeRoot } from './described-root.ts';
import { type HeldAnchor, heldAnchor } from './held-anchor.ts';
import { type ServedAnchor, servedAnchor } from './served-anchor.ts';

export type AnchorLookPorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'remote' | 'pinning'>;

export interface AnchorLook {
  readonly held: HeldAnchor;
  /** Undefined when the server was not asked, or shows a root that no client takes. */
  readonly served: ServedAnchor | undefined;
  /**
   * The newest root that is proved by the trusted one; else the trusted one; where none is trusted, the one that the
   * server serves.
   */
  readonly root: Signed<Root> | undefined;
  /** True when this machine trusts it, or signatures lead to it from the one that it trusts. */
  readonly trusted: boolean;
  readonly pins: readonly AnchorPin[];
  readonly findings: readonly Finding[];
}

/**
 * @param options.offline the cached root is the answer, and the server is not asked
 * @throws NotaryError OFFLINE when nothing is here and the server is not to be asked; REPOSITORY_NOT_EXIST; the codes of
 * the server's answers, and of a file that is no root
 */
export async function inspectAnchor(
  ports: AnchorLookPorts,
  now: Date,
  { offline = false }: { readonly offline?: boolean } = {},
): Promise<AnchorLook> {
  const { gun, cache } = ports;
  const held = await heldAnchor(ports, now);
  if (offline && held.kind === 'none') throw nothingHere(gun);
  const findings: Finding[] = [];
  if (held.kind === 'damaged') findings.push(damageFinding(gun, cache.location('root'), held.reason));
  const served = offline ? undefined : await servedOrFinding(ports, held, now, findings);
  const proved = served?.proof === 'same' || served?.proof === 'chain';
  if (served?.problem !== undefined) findings.push(proofFinding(gun, served.problem));
  const root = held.kind === 'held' && !proved ? held.root : served?.root;
  const pins = await anchorPins(ports, root, now);
  const trusted = held.kind === 'held';
  const { disableTofu } = ports.pinning;
  const judged = root === undefined ? [] : rootFindings(gun, describeRoot(root, now), 'error');
  return {
    ...{ held, served, root, trusted, pins },
    findings: [
      ...findings,
      ...judged,
      ...(root === undefined ? [] : pinFindings(gun, pins, { trusted, disableTofu })),
    ],
  };
}

/** A root that no client takes is an answer; whatever else goes wrong is not. */
async function servedOrFinding(
  ports: AnchorLookPorts,
  held: HeldAnchor,
  now: Date,
  findings: Finding[],
): Promise<ServedAnchor | undefined> {
  try {
    return await servedAnchor(ports, held, now);
  } catch (error) {
    const finding = refusalFinding(error);
    if (finding === undefined) throw error;
    findings.push(finding);
    return undefined;
  }
}

function nothingHere(gun: string): NotaryError {
  return new NotaryError('OFFLINE', `no root of ${gun} is trusted on this machine`, {
    details: { gun },
    hint: 'Leave out --offline to ask the server.',
  });
}
