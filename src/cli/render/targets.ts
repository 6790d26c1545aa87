/** The table of `list` and the line of `lookup`. */

import { toHex } from '../../encoding/bytes.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import type { TargetWithRole } from '../../tuf/target-walk.ts';
import { table } from './tabwriter.ts';
import { sentence } from './text-gate.ts';
import type { View } from './view.ts';

export const targetsView: View<readonly TargetWithRole[]> = {
  text(targets) {
    if (targets.length === 0) return '\nNo targets present in this repository.\n\n';
    const rows = targets.map(({ name, meta, role }) => [name, digest(meta), String(meta.length), role]);
    return table(['NAME', 'DIGEST', 'SIZE (BYTES)', 'ROLE'], rows);
  },
};

export const lookupView: View<TargetWithRole> = {
  text: ({ name, meta }) => sentence`${name} sha256:${digest(meta)} ${meta.length}` + '\n',
};

/** SHA-256 in hexadecimal; empty for a target that has none. */
function digest(meta: FileMeta): string {
  return toHex(Buffer.from(meta.hashes.get('sha256') ?? '', 'base64'));
}
