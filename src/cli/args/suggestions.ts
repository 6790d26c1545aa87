/** Suggests the commands that an unknown word may have been meant to be. */

import { editDistance } from '../../encoding/edit-distance.ts';
import type { CommandNode } from '../spec/command-tree.ts';

const maxDistance = 2;
const maxWords = 4;

/**
 * Names of commands that are a few edits away or that the word begins, ignoring case, in order of registration. At the
 * top, where Notary 0.7.0 prints them, only commands that it has, too.
 */
export function suggestions(parent: CommandNode, word: string): readonly string[] {
  const typed = word.toLowerCase();
  return parent.children
    .filter(({ extension }) => parent.path.length > 0 || !extension)
    .map((child) => child.name)
    .filter(
      (name) =>
        editDistance(typed, name.toLowerCase()) <= maxDistance || name.toLowerCase().startsWith(typed),
    );
}

/**
 * The words that begin with the one that was typed, whatever its case and hyphens, else the nearest that are a few edits
 * away; none for a single letter.
 */
export function nearWords(words: Iterable<string>, word: string): readonly string[] {
  const typed = word.toLowerCase();
  if (typed.length < 2) return [];
  const all = [...words];
  const bare = (text: string) => text.toLowerCase().replaceAll('-', '');
  const begun = bare(typed) === '' ? [] : all.filter((name) => bare(name).startsWith(bare(typed)));
  if (begun.length > 0) return begun.slice(0, maxWords);
  // Of a short word every other short word is a few edits away.
  const most = Math.min(maxDistance, typed.length - 1);
  const near = all.map((name) => ({ name, distance: editDistance(typed, name.toLowerCase()) }));
  const least = near.reduce((smallest, { distance }) => Math.min(smallest, distance), most);
  return near.flatMap(({ name, distance }) => (distance === least ? [name] : [])).slice(0, maxWords);
}
