/** Holds the content of roles before and after a list of changes. */

import type { Targets } from '../../metadata/targets.ts';
import type { Caution, Log } from '../../ports/log.ts';
import type { Change } from '../change.ts';

/** By role, the content of `targets` and of every delegation that is loaded. */
export type Contents = ReadonlyMap<string, Targets>;

export interface Effects {
  readonly before: Contents;
  readonly after: Contents;
  /** Content that is not believed: no valid signature, or expired. */
  readonly unusable: Contents;
  /** Roles that have a file. */
  readonly files: ReadonlySet<string>;
  readonly changes: readonly Change[];
  readonly caution: Caution;
  /** For what is only said, and is no failure with --strict either. */
  readonly log: Pick<Log, 'warn'>;
}
