/** What an unknown command word may have been meant to be. */

import type { CommandNode } from './command-tree.ts';

const nearest = 2;

/** Names of commands that are a few edits away or that the word begins, ignoring case, in order of registration. */
export function suggestions(parent: CommandNode, word: string): readonly string[] {
  const typed = word.toLowerCase();
  return parent.children
    .map((child) => child.name)
    .filter(
      (name) => editDistance(typed, name.toLowerCase()) <= nearest || name.toLowerCase().startsWith(typed),
    );
}

/** Levenshtein distance. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
