/** The type of a view: how the result of a command is shown. */

import type { JsonData } from '../../encoding/to-plain-json.ts';

/** Turns the result of a command into what standard output gets. */
export interface View<Data> {
  /** For people: as Notary prints it, final newline included. */
  text(data: Data): string;
  /** For programs: the document of `--json`. */
  json(data: Data): JsonData;
}
