/** Reads what the user knows of roots: a fingerprint, a certificate in PEM, or a pin as `anchor show --format pin` prints it. */

import { parseBundle } from '../../crypto/certificates/x509.ts';
import { fromUtf8 } from '../../encoding/bytes.ts';
import { readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { parseFingerprint } from '../anchor/fingerprint.ts';
import { certificateFingerprint } from './root-chain.ts';

/** A certificate or key that a root may have. */
export interface KnownAnchor {
  /** 64 hex digits. */
  readonly fingerprint: string;
  /** Whose root it is: a GUN, a prefix of GUNs followed by `*`, or `*` for all. */
  readonly of: string;
}

/**
 * @param word a fingerprint, or the name of a file
 * @param readFile the content of a file of that name
 * @throws NotaryError FINGERPRINT_INVALID; MALFORMED_PEM, INVALID_CERTIFICATE; FILE_UNREADABLE for a file that is there and
 * cannot be read
 */
export async function readAnchors(
  word: string,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly KnownAnchor[]> {
  let invalid: NotaryError;
  if (word === '')
    throw new NotaryError('FINGERPRINT_INVALID', 'what the root must have is empty', {
      hint: 'An empty variable? Without --root, the archive is trusted on first use.',
    });
  try {
    return [{ fingerprint: parseFingerprint(word), of: '*' }];
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    invalid = error;
  }
  try {
    return anchorsIn(await readFile(word), word);
  } catch (error) {
    if (!isNotaryError(error, 'FILE_UNREADABLE') || error.details.missing !== true) throw error;
    throw new NotaryError(invalid.code, `${JSON.stringify(word)} is no fingerprint and no file`, {
      details: invalid.details,
      hint: 'Give the SHA-256 of a root certificate, with or without colons, the ID of a root key, or a file with a certificate in PEM or a pin.',
    });
  }
}

function anchorsIn(bytes: Uint8Array, file: string): readonly KnownAnchor[] {
  const text = fromUtf8(bytes);
  if (text.includes('-----BEGIN'))
    return parseBundle(bytes).map(({ der }) => ({ fingerprint: certificateFingerprint(der), of: '*' }));
  const found = text.trimStart().startsWith('{') ? pinsIn(readJson(bytes)) : fingerprintsIn(text);
  if (found.length > 0) return found;
  throw new NotaryError('FINGERPRINT_INVALID', `${file} names no root`, {
    details: { file },
    hint: 'A pin is what "tsnotary anchor show GUN --format pin" prints.',
  });
}

function pinsIn(document: JsonValue): readonly KnownAnchor[] {
  const section = memberOf(memberOf(document, 'trust_pinning'), 'certs');
  if (!(section instanceof Map)) return [];
  return [...(section as JsonObject)].flatMap(([of, ids]) =>
    Array.isArray(ids)
      ? ids.map((id) => ({ fingerprint: parseFingerprint(typeof id === 'string' ? id : ''), of }))
      : [],
  );
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value instanceof Map ? (value as JsonObject).get(name) : undefined;
}

/** Fingerprints, one a line; a line `GUN:` says whose those below it are, as `anchor show --repos` prints them. */
function fingerprintsIn(text: string): readonly KnownAnchor[] {
  let of = '*';
  return text.split('\n').flatMap((line) => {
    const word = line.trim();
    const heading = /^(\S+):$/.exec(word)?.[1];
    if (heading !== undefined) of = heading;
    return word === '' || heading !== undefined ? [] : [{ fingerprint: parseFingerprint(word), of }];
  });
}

/** What is known of the root of one repository. A pin counts for the GUN that it names, or for all with its prefix (Notary 0.7.0). */
export function fingerprintsFor(gun: string, anchors: readonly KnownAnchor[]): readonly string[] {
  const counts = ({ of }: KnownAnchor) => (of.endsWith('*') ? gun.startsWith(of.slice(0, -1)) : of === gun);
  return anchors.filter(counts).map(({ fingerprint }) => fingerprint);
}
