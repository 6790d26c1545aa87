/**
 * Stores the record of a key rotation on this machine: written before anything is sent, removed when it is over.
 * With it a second run can find out whether the server has taken the first one.
 */

import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { formatInstant, parseInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { RotationJournal } from '../../ports/trust-dir.ts';

export interface RotationRecord {
  /** Canonical IDs of the keys that the role gets. */
  readonly newKeys: readonly CanonicalKeyId[];
  /** Canonical IDs of the keys that it had; none are recorded before the upload. */
  readonly oldKeys: readonly CanonicalKeyId[];
  /** Whether the new key was made on this machine for this rotation, was stored before, or is the server's. */
  readonly origin: 'made' | 'brought' | 'server';
  /** Version of the published root that the rotation began with; older records have none. */
  readonly rootVersion?: number | undefined;
  /** When the record was written; older records have no time. */
  readonly at?: Date | undefined;
  /** True once this machine has seen the server serve the new keys: nothing is left but to delete the old ones. */
  readonly seen?: boolean | undefined;
}

/** @throws NotaryError FILE_UNWRITABLE */
export async function recordRotation(
  journal: RotationJournal,
  role: string,
  { newKeys, oldKeys, origin, rootVersion, at, seen }: RotationRecord,
): Promise<void> {
  const fields = new Map<string, JsonValue>(Object.entries({ role, origin, newKeys, oldKeys }));
  if (rootVersion !== undefined) fields.set('rootVersion', rootVersion);
  if (at !== undefined) fields.set('at', formatInstant(at));
  if (seen === true) fields.set('seen', true);
  await journal.write(role, utf8(goJson(fields)));
}

/**
 * The rotation of a role that has begun and is not known to be over.
 *
 * @throws NotaryError MALFORMED_JSON naming the file
 */
export async function readRotation(
  journal: RotationJournal,
  role: string,
): Promise<RotationRecord | undefined> {
  const bytes = await journal.read(role);
  if (bytes === undefined) return undefined;
  try {
    const fields = asObject(readJson(bytes), 'rotation');
    const ids = (name: string) =>
      asArray(fields.get(name), name).map((id) => asCanonicalKeyId(asString(id, name)));
    const version = fields.get('rootVersion');
    const at = fields.get('at');
    return {
      newKeys: ids('newKeys'),
      oldKeys: ids('oldKeys'),
      origin: asOrigin(fields.get('origin')),
      rootVersion: version === undefined ? undefined : asInteger(version, 'rootVersion'),
      at: at === undefined ? undefined : new Date(parseInstant(asString(at, 'at'))),
      seen: fields.get('seen') === true,
    };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    const file = journal.location(role);
    throw new NotaryError(
      error.code,
      `the record of a begun rotation is damaged: ${file}: ${error.message}`,
      {
        details: { role, file },
        hint: `No key is lost. Remove ${file} and rotate again.`,
        cause: error,
      },
    );
  }
}

/** The journal of one role's rotations. No key of the timestamp is ever here, so none of its rotations is recorded. */
export function rotationJournal({ journal }: { readonly journal: RotationJournal }, role: string) {
  const recorded = role !== 'timestamp';
  return {
    record: async (rotation: RotationRecord) =>
      recorded ? recordRotation(journal, role, rotation) : undefined,
    remove: async () => (recorded ? journal.remove(role) : undefined),
  };
}

function asOrigin(value: JsonValue | undefined): RotationRecord['origin'] {
  if (value === 'made' || value === 'brought' || value === 'server') return value;
  throw new NotaryError('MALFORMED_JSON', 'origin is not one of made, brought, server');
}
