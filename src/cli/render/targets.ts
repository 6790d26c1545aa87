/** Renders the table of `list` and the line of `lookup`. */

import { targetData } from '../../client/read/target-data.ts';
import { toHex } from '../../encoding/bytes.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import type { TargetWithRole } from '../../tuf/target-walk.ts';
import { table } from './table.ts';
import { terminalSafe } from './terminal-escape.ts';
import type { View } from './view.ts';

export interface ListedTargets {
  readonly gun: string;
  readonly targets: readonly TargetWithRole[];
  /** Roles of which nothing can be shown, since readers cannot believe them. */
  readonly incomplete: readonly string[];
}

export const targetsView: View<ListedTargets> = {
  json: ({ gun, targets, incomplete }) => ({
    ...{ gun, targets: targets.map(targetData) },
    ...(incomplete.length > 0 && { incomplete }),
  }),
  text({ targets }, layout) {
    if (targets.length === 0) return '\nNo targets present in this repository.\n\n';
    const rows = targets.map(({ name, meta, role }) => [name, digest(meta), String(meta.length), role]);
    return table(['NAME', 'DIGEST', 'SIZE (BYTES)', 'ROLE'], rows, { column: 1, layout });
  },
};

export interface ShownTarget {
  readonly gun: string;
  readonly target: TargetWithRole;
  /** Roles that could not be asked for it. */
  readonly incomplete: readonly string[];
}

export const lookupView: View<ShownTarget> = {
  json: ({ gun, target, incomplete }) => ({
    ...{ gun, target: targetData(target) },
    ...(incomplete.length > 0 && { incomplete }),
  }),
  text: ({ target: { name, meta } }) => terminalSafe`${name} sha256:${digest(meta)} ${meta.length}` + '\n',
};

/** SHA-256 in hexadecimal; empty for a target that has none. */
function digest(meta: FileMeta): string {
  return toHex(Buffer.from(meta.hashes.get('sha256') ?? '', 'base64'));
}
