/** One line of RFC 8785 JSON: the form of everything that tsnotary prints for programs. */

import canonicalize from 'canonicalize';
import type { JsonData } from './view.ts';

/** The document in its canonical form, with a newline at the end. */
export function jsonLine(data: JsonData): string {
  return `${canonicalize(data) ?? 'null'}\n`;
}
