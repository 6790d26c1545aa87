/** Suggests the commands that an unknown word may have been meant to be. */

import { editDistance } from '../../encoding/edit-distance.ts';
import type { CommandNode } from '../spec/command-tree.ts';

const maxDistance = 2;

/** Names of commands that are a few edits away or that the word begins, ignoring case, in order of registration. */
export function suggestions(parent: CommandNode, word: string): readonly string[] {
  const typed = word.toLowerCase();
  return parent.children
    .map((child) => child.name)
    .filter(
      (name) =>
        editDistance(typed, name.toLowerCase()) <= maxDistance || name.toLowerCase().startsWith(typed),
    );
}
