/**
 * Takes the inventory of a repository: what readers believe in it now, and what the image registry has of that. The cache
 * never answers for the server, nor absence for a registry that could not be asked.
 */

import { isNotaryError } from '../../errors.ts';
import { type ImageReference, parseReference } from '../../images/reference.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Finding } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import { stateOf } from '../preview/published-state.ts';
import { servedTargets } from '../read/served-targets.ts';
import { type Updated, update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { nameFindings, registryFindings, signedFindings } from './inventory-findings.ts';
import { lossesOf } from './losses.ts';
import { type ImageLook, lookAtRegistry } from './registry-look.ts';
import { type SignedRow, signedRows } from './rows.ts';
import type { SignatureKind } from './signature-conventions.ts';

export interface InventoryQuestion {
  /** Where the images are; undefined when no registry is to be asked. */
  readonly registry?: Registry;
  /** Whose signatures are looked for in the registry. */
  readonly checks: readonly SignatureKind[];
  /** The caller is to get references to the images, which a repository of another name cannot have. */
  readonly wantsReferences?: boolean;
}

/** A row, with what the registry says of it; undefined where it was not asked. */
export interface InventoryRow extends SignedRow {
  readonly look: ImageLook | undefined;
}

export interface Inventory {
  /** Undefined where the name of the repository cannot be that of an image. */
  readonly image: ImageReference | undefined;
  readonly rows: readonly InventoryRow[];
  /** The losses of meaning come last. */
  readonly findings: readonly Finding[];
  readonly loaded: Updated;
}

/**
 * @throws NotaryError the codes of `update`, those of a server that cannot be reached, too; TLS_CONFIG_INVALID and
 * CONFIG_INVALID of the registry. What it answers, or does not, is a finding.
 */
export async function takeInventory(
  ports: UpdatePorts,
  { registry, checks, wantsReferences = false }: InventoryQuestion,
): Promise<Inventory> {
  const { gun, clock, log } = ports;
  const loaded = await update(ports, { acceptsExpired: () => false, rotations: 'leave' });
  const { root, snapshot, timestamp, unusable, unreadable } = loaded;
  const targets = servedTargets(loaded);
  const state = stateOf({ root, snapshot, timestamp, unusable, unreadable, targets }, gun);
  const rows = signedRows(state);
  const image = imageOf(gun);
  const look =
    registry === undefined || image === undefined
      ? undefined
      : await lookAtRegistry({ registry, repository: image, rows, checks });
  for (const { error } of look?.failures ?? [])
    if (error.hint !== undefined) log.warn(error.hint, error.code);
  const broken = judge(state, clock.now()).filter(
    ({ severity, role = '' }) => severity === 'error' && isTargetsRole(role),
  );
  return {
    ...{ image, loaded },
    rows: rows.map((row) => ({ ...row, look: registry && (look?.of(row) ?? unknown) })),
    findings: [
      ...broken,
      ...nameFindings(gun, image, wantsReferences || registry !== undefined),
      ...signedFindings(rows),
      ...(look === undefined ? [] : registryFindings(gun, rows, look, checks)),
      ...(rows.length === 0 ? [] : lossesOf(state)),
    ],
  };
}

/** What no registry can be asked for, for lack of a name or a digest, is not gone. */
const unknown: ImageLook = { image: 'unknown', tagGone: false, signed: new Map() };

function imageOf(gun: string): ImageReference | undefined {
  try {
    const image = parseReference(gun);
    return image.tag === undefined && image.digest === undefined ? image : undefined;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
