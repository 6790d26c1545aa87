/** Writes JSON in its one canonical form (RFC 8785): this program's own documents, and never Notary's metadata. */

import canonicalize from 'canonicalize';
import { utf8 } from './bytes.ts';
import type { JsonData } from './to-plain-json.ts';

/** The bytes of a document. */
export function canonicalBytes(document: JsonData): Uint8Array {
  return utf8(canonicalize(document) ?? 'null');
}
