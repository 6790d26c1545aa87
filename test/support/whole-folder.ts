/** Everything below a directory, for finding out whether something has written to it. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** By path, when each file and directory was written, and the content of files. */
export function wholeFolder(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile() ? readFileSync(path, 'latin1') : '';
      return [path, `${statSync(path).mtimeMs} ${content}`];
    }),
  );
}
