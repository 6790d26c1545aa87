/** Writes the JSON documents of an archive in the one form that they have (RFC 8785), and holds a file against it. */

import canonicalize from 'canonicalize';
import { utf8 } from '../encoding/bytes.ts';
import type { JsonData } from '../encoding/to-plain-json.ts';

/** The bytes of a document. */
export function canonicalBytes(document: JsonData): Uint8Array {
  return utf8(canonicalize(document) ?? 'null');
}
