/**
 * Compares a file before and after a publish, and checks whether a later file of the role still has the changes.
 */

import { type FileMeta, sameFileMeta } from '../../metadata/file-meta.ts';
import type { DelegationRole, Targets } from '../../metadata/targets.ts';

/** Changes of targets and of the entries of delegations; undefined stands for what is gone. */
export interface Edits {
  readonly targets: ReadonlyMap<string, FileMeta | undefined>;
  readonly entries: ReadonlyMap<string, EntryEdit | undefined>;
}

interface EntryEdit {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** @param before undefined for a role that had no content */
export function editsOf(before: Targets | undefined, sent: Targets): Edits {
  const targets = new Map<string, FileMeta | undefined>();
  for (const [name, meta] of sent.targets) {
    const old = before?.targets.get(name);
    if (old === undefined || !sameFileMeta(old, meta)) targets.set(name, meta);
  }
  for (const name of before?.targets.keys() ?? []) if (!sent.targets.has(name)) targets.set(name, undefined);
  return { targets, entries: entryEdits(before, sent) };
}

function entryEdits(before: Targets | undefined, sent: Targets): ReadonlyMap<string, EntryEdit | undefined> {
  const entries = new Map<string, EntryEdit | undefined>();
  const old = new Map(before?.delegations.roles.map((entry) => [entry.name, entry]));
  for (const entry of sent.delegations.roles) {
    const [was, is] = [partsOf(old.get(entry.name)), partsOf(entry)];
    const added = [...is].filter((part) => !was.has(part));
    const removed = [...was].filter((part) => !is.has(part));
    if (added.length + removed.length > 0 || !old.has(entry.name))
      entries.set(entry.name, { added, removed });
    old.delete(entry.name);
  }
  for (const name of old.keys()) entries.set(name, undefined);
  return entries;
}

/** Keys and paths of an entry, distinguished by a letter. */
function partsOf(entry: DelegationRole | undefined): ReadonlySet<string> {
  if (entry === undefined) return new Set();
  return new Set([...entry.keyIds.map((id) => `k${id}`), ...entry.paths.map((path) => `p${path}`)]);
}

/** True when a later file says everything that the edits have made of an earlier one. */
export function hasEdits(now: Targets, { targets, entries }: Edits): boolean {
  for (const [name, meta] of targets) {
    const found = now.targets.get(name);
    if (found === undefined || meta === undefined ? found !== meta : !sameFileMeta(found, meta)) return false;
  }
  const present = new Map(now.delegations.roles.map((entry) => [entry.name, entry]));
  for (const [name, edit] of entries) {
    const entry = present.get(name);
    if (edit === undefined || entry === undefined) {
      if (edit !== undefined || entry !== undefined) return false;
      continue;
    }
    const parts = partsOf(entry);
    if (!edit.added.every((part) => parts.has(part)) || edit.removed.some((part) => parts.has(part)))
      return false;
  }
  return true;
}
