/**
 * Warns of conflicts with another client: published work that readers do not see, since that client changed keys,
 * paths or roles at the same time.
 */

import type { ErrorCode } from '../../error-codes.ts';
import type { ErrorDetails } from '../../errors.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { effectivePaths, pathsAllow } from '../../tuf/path-prefixes.ts';
import type { Upload } from './confirm-upload.ts';
import { editsOf } from './published-edits.ts';
import type { ServedState } from './served-state.ts';

/** A caution that is issued once the staged changes have been removed. */
export interface Unseen {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** Says what has become of each delegation whose file was sent, where readers do not see its new content. */
export function unseenWork(
  served: ServedState,
  { files, repo, loaded }: Upload,
  gun: string,
): readonly Unseen[] {
  return [...files.keys()].filter(isDelegation).flatMap((role) => {
    const details = { gun, role, published: 'yes' };
    const said = (code: ErrorCode, message: string): readonly Unseen[] => [{ code, message, details }];
    if (served.broken.has(role)) {
      return said(
        'ROLE_NEEDS_WITNESS',
        `${role} of ${gun} was published, but a key that signed it was removed by another publish: readers do not believe it until a holder of a remaining key witnesses it`,
      );
    }
    const content = served.targets.get(role)?.content;
    if (content === undefined) {
      return said(
        'ROLE_NOT_THERE',
        `${role} of ${gun} was published, but another publish has removed the role: readers do not see what was put into it`,
      );
    }
    const { targets } = editsOf(loaded.repo.targets.get(role)?.content, repo.draft(role).content);
    const paths = effectivePaths(role, (name) => served.listed.get(name)?.paths);
    const hidden = [...targets].filter(([name, meta]) => meta !== undefined && !pathsAllow(paths, name));
    if (hidden.length === 0) return [];
    const names = hidden.slice(0, 5).map(([name]) => JSON.stringify(name));
    return said(
      'TARGETS_HIDDEN',
      `${role} of ${gun} was published, but another publish has taken its paths: readers do not see ${names.join(', ')}${hidden.length > 5 ? ' and others' : ''}`,
    );
  });
}
