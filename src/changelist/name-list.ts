/** Lists names in a message: the first few, and how many more there are. */

const maxNames = 3;

/** `"a", "b", "c" and 7 more` */
export function quotedNames(names: readonly string[]): string {
  return firstOf(
    names.slice(0, maxNames).map((name) => JSON.stringify(name)),
    names.length,
  );
}

/** `targets/a, targets/b` */
export function plainNames(names: readonly string[]): string {
  return firstOf(names.slice(0, maxNames), names.length);
}

function firstOf(shown: readonly string[], count: number): string {
  const list = shown.join(', ');
  return count > shown.length ? `${list} and ${count - shown.length} more` : list;
}

/** `1 target`, `2 targets` */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
