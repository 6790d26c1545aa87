/**
 * Holds the metadata of one repository while it is edited: what was loaded, what has changed.
 *
 * A role that has not been touched keeps the bytes that were downloaded; they are what snapshots hash.
 */

import type { NotaryError } from '../errors.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import { ancestorsOf, parentRole } from '../metadata/role-name.ts';
import { baseRole, type Root } from '../metadata/root.ts';
import type { Signed } from '../metadata/signed.ts';
import type { Snapshot } from '../metadata/snapshot.ts';
import { type DelegationRole, type Delegations, findDelegation, type Targets } from '../metadata/targets.ts';
import { checkedSigners, noSuchRole } from './delegation-signers.ts';
import { effectivePaths, restrictPaths } from './path-prefixes.ts';
import type { RoleKeySet } from './verify-signatures.ts';

/** A role's content in editing. Version and expiry are set when it is signed. */
export interface Draft<T> {
  content: T;
  /** The bytes as loaded; undefined for a role that has no file yet. */
  readonly bytes: Uint8Array | undefined;
  dirty: boolean;
  /** When the file is to expire, where a change says so: RFC 3339. */
  expires?: string;
}

/** A draft of `targets` or a delegation, with its targets in a map of its own once one is changed. */
export interface TargetsDraft extends Draft<Targets> {
  /** Changed in place, so that ten thousand changes do not copy ten thousand maps. */
  editableTargets?: Map<string, FileMeta>;
}

export interface LoadedRepo {
  readonly root: Signed<Root>;
  readonly snapshot: Signed<Snapshot> | undefined;
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
  /** Delegations below their threshold or expired: what the snapshot names, and no reader believes. */
  readonly unusable: ReadonlyMap<string, Signed<Targets>>;
  /** Delegations whose file is what the snapshot names and cannot be read, and why; none of them is in `targets`. */
  readonly unreadable?: ReadonlyMap<string, NotaryError>;
  /** Content of unusable delegations that may be signed again all the same; see `client/draft/role-bases.ts`. */
  readonly bases?: ReadonlyMap<string, Signed<Targets>>;
  /** Why the content of such a delegation may not be signed again. */
  readonly unresolved?: ReadonlyMap<string, NotaryError>;
}

interface Restricted {
  readonly above: readonly string[];
  readonly paths: readonly string[];
}

const emptyDelegations: Delegations = { keys: new Map(), roles: [] };

export class Repo {
  readonly root: Draft<Root>;
  /** The root as published: a new root must also be signed by the keys of this one. */
  readonly publishedRoot: Root;
  readonly snapshot: Draft<Snapshot>;
  readonly targets = new Map<string, TargetsDraft>();
  readonly unusable: ReadonlyMap<string, Signed<Targets>>;
  readonly #unresolved: ReadonlyMap<string, NotaryError>;
  /** What is left of a role's paths below those above: it is asked for each of ten thousand targets. */
  readonly #effective = new WeakMap<readonly string[], Restricted>();

  constructor({ root, snapshot, targets, unusable, bases, unresolved = new Map() }: LoadedRepo) {
    this.root = draftOf(root);
    this.publishedRoot = root.content;
    this.snapshot =
      snapshot === undefined
        ? {
            content: { version: 0, expires: '', meta: new Map<string, FileMeta>() },
            bytes: undefined,
            dirty: true,
          }
        : draftOf(snapshot);
    for (const [role, signed] of targets) this.targets.set(role, draftOf(signed));
    for (const [role, signed] of bases ?? []) this.targets.set(role, draftOf(signed));
    this.unusable = unusable;
    this.#unresolved = unresolved;
  }

  /**
   * Why a role, or an ancestor of it, has content that may not be signed again; undefined when it may be, or when
   * there is none.
   */
  unresolved(role: string): NotaryError | undefined {
    if (this.targets.has(role)) return undefined;
    for (const name of [...ancestorsOf(role), role]) {
      const reason = this.targets.has(name) ? undefined : this.#unresolved.get(name);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** The list entry of a delegation in its loaded parent, or undefined. */
  findDelegation(role: string): DelegationRole | undefined {
    const parent = this.targets.get(parentRole(role))?.content;
    return parent && findDelegation(parent, role);
  }

  /**
   * The draft of `targets` or of a listed delegation; an empty one is begun where there is no file yet.
   *
   * @throws NotaryError NO_SUCH_ROLE; the reason for which the role is unresolved
   */
  draft(role: string): TargetsDraft {
    const existing = this.targets.get(role);
    if (existing !== undefined) return existing;
    const unresolved = this.unresolved(role);
    if (unresolved !== undefined) throw unresolved;
    if (role !== 'targets' && this.findDelegation(role) === undefined) {
      throw noSuchRole(role, 'delegation does not exist');
    }
    const begun: TargetsDraft = {
      content: { version: 0, expires: '', targets: new Map(), delegations: emptyDelegations },
      bytes: undefined,
      dirty: true,
    };
    this.targets.set(role, begun);
    return begun;
  }

  /**
   * Keys and threshold of a role as they are in this draft.
   *
   * @throws NotaryError NO_SUCH_ROLE, INVALID_CERTIFICATE
   */
  signers(role: string): RoleKeySet {
    if (!role.includes('/')) return baseRole(this.root.content, role);
    return checkedSigners(this.targets.get(parentRole(role))?.content, role);
  }

  /**
   * The path prefixes that a role really may sign: its own, cut down by every ancestor's.
   * `targets` itself may sign everything.
   */
  effectivePaths(role: string): readonly string[] {
    return effectivePaths(
      role,
      (name) => this.findDelegation(name)?.paths,
      (above, own) => this.#restricted(above, own),
    );
  }

  #restricted(above: readonly string[], own: readonly string[]): readonly string[] {
    let known = this.#effective.get(own);
    if (known?.above !== above) {
      known = { above, paths: restrictPaths(above, own) };
      this.#effective.set(own, known);
    }
    return known.paths;
  }
}

function draftOf<T extends Root | Snapshot | Targets>(signed: Signed<T>): Draft<T> {
  return { content: signed.content, bytes: signed.envelope.bytes, dirty: false };
}

/** The targets of a draft for changing; marks the draft as changed. */
export function editTargets(draft: TargetsDraft): Map<string, FileMeta> {
  draft.dirty = true;
  if (draft.editableTargets === undefined) {
    draft.editableTargets = new Map(draft.content.targets);
    draft.content = { ...draft.content, targets: draft.editableTargets };
  }
  return draft.editableTargets;
}
