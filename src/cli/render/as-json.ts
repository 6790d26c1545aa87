/** Writes one line of RFC 8785 JSON: the form of everything that tsnotary prints for programs. */

import canonicalize from 'canonicalize';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import { visibleJson } from './terminal-escape.ts';

/**
 * The document in its canonical form, with a newline at the end. Characters that must not reach a
 * terminal are escaped where RFC 8785 would leave them raw.
 */
export function jsonLine(data: JsonData): string {
  return `${visibleJson(canonicalize(data) ?? 'null')}\n`;
}
