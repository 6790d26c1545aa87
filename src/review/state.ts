/**
 * Models the state of a repository for comparing and judging it: who may sign what, and what was signed. A state may be
 * published, staged, of an earlier time or archived; this model does not know where it came from.
 */

import type { ListedKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import type { Envelope } from '../metadata/signed.ts';
import type { Targets } from '../metadata/targets.ts';
import { pathsAllow } from '../tuf/path-prefixes.ts';
import { walkRoles } from '../tuf/target-walk.ts';
import type { Finding } from './finding.ts';

/**
 * Whether readers believe a file: signed by enough of the keys that are listed, or not; signed well and expired when it
 * was loaded; or such that no reader can read it.
 */
export type Standing = 'trusted' | 'untrusted' | 'expired' | 'unreadable';

/** The file of `targets` or of a delegation. */
export interface RoleFile {
  readonly content: Targets;
  /** Undefined for a file that is about to be signed. */
  readonly envelope: Envelope | undefined;
  readonly standing: Standing;
}

/** A role as its root or its parent lists it. */
export interface RoleState {
  readonly name: string;
  readonly keys: ReadonlyMap<ListedKeyId, PublicKey>;
  readonly threshold: number;
  /** Prefixes of names; empty for base roles, which have none. */
  readonly paths: readonly string[];
  /** Only of `targets` and delegations; undefined for one that was never signed. */
  readonly file?: RoleFile;
}

export interface RepositoryState {
  readonly gun: string;
  /** The base roles and every delegation that a file lists, whether readers believe that file or not. */
  readonly roles: ReadonlyMap<string, RoleState>;
  /** Version and expiry of root and snapshot; the timestamp's where there is one. */
  readonly ends: ReadonlyMap<string, { readonly version: number; readonly expires: string }>;
  /** What makes this state out of a published one. */
  readonly staged?: Staging;
}

/** How a staged state came to be. */
export interface Staging {
  /** The state that the changes were applied to. */
  readonly basis: RepositoryState;
  /** What applying the changes has run into, and whether their roles can be signed here. */
  readonly problems: readonly Finding[];
  /** By role, the names of targets that the changes add, alter or remove. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The version of `targets` of a state; 0 when there is none. */
export function targetsVersion({ roles }: RepositoryState): number {
  return roles.get('targets')?.file?.content.version ?? 0;
}

/** By role, the content that readers believe at a time: a role below one that is not believed is left out by the walk. */
export function believedContents({ roles }: RepositoryState): ReadonlyMap<string, Targets> {
  const found = new Map<string, Targets>();
  for (const [name, { file }] of roles) if (file?.standing === 'trusted') found.set(name, file.content);
  return found;
}

/** By role, the targets that a reader who asks for that role gets of its own file. */
export function visibleTargets(state: RepositoryState): ReadonlyMap<string, ReadonlyMap<string, FileMeta>> {
  const visits = walkRoles(believedContents(state), 'targets');
  return new Map(
    Array.from(visits, ({ role, content, paths }) => [role, allowedTargets(content.targets, paths)] as const),
  );
}

/** Those of the targets that lie within the paths; the map itself where all of them do. */
function allowedTargets(
  targets: ReadonlyMap<string, FileMeta>,
  paths: readonly string[],
): ReadonlyMap<string, FileMeta> {
  if (paths.includes('')) return targets;
  return new Map([...targets].filter(([name]) => pathsAllow(paths, name)));
}
