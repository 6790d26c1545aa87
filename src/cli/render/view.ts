/** Declares what a view is: how the result of a command is shown. */

import type { JsonData } from '../../encoding/to-plain-json.ts';

/** Where a text is shown. */
export interface Layout {
  readonly terminal: boolean;
  /** The width of the terminal, where it is known. Asking for it loads Node's streams. */
  columns(): number | undefined;
  /** The user wants tables in full, however narrow the terminal is. */
  readonly wide: boolean;
}

/** A pipe or a file: nothing is cut there. */
export const unlimited: Layout = { terminal: false, columns: () => undefined, wide: true };

/** Turns the result of a command into what standard output gets. */
export interface View<Data> {
  /** For people: as Notary prints it, final newline included. */
  text(data: Data, layout?: Layout): string;
  /** For programs: the document of `--json`. */
  json(data: Data): JsonData;
}

/** As many digits as docker shows of an ID. */
export const shortId = 12;

/** An ID or a digest: cut on a terminal, unless the user wants all of it. */
export function shownId(id: string, { terminal, wide }: Layout): string {
  return terminal && !wide ? id.slice(0, shortId) : id;
}
