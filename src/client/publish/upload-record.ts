/** Stores the record of the last upload from this machine, until its changes are known to be published. */

import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import { asArray, asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { UploadJournal } from '../../ports/trust-dir.ts';

/** A file as it was sent. */
export interface SentFile {
  readonly version: number;
  /** Hexadecimal, of the file's bytes. */
  readonly sha256: string;
}

export interface UploadRecord {
  /** Names of the change files that were applied. */
  readonly changes: readonly string[];
  /** Names of change files that an upload before has published, and that could not be removed. */
  readonly settled: readonly string[];
  /** By role: hexadecimal SHA-256 of the published file when these changes were first to be published. */
  readonly bases: ReadonlyMap<string, string>;
  /** By role: what was sent. */
  readonly sent: ReadonlyMap<string, SentFile>;
}

/** @throws NotaryError FILE_UNWRITABLE */
export async function writeUploadRecord(
  uploads: UploadJournal,
  { changes, settled, bases, sent }: UploadRecord,
): Promise<void> {
  const files = [...sent].map(([role, { version, sha256 }]): [string, JsonValue] => [
    role,
    new Map<string, JsonValue>(Object.entries({ version, sha256 })),
  ]);
  const record = new Map<string, JsonValue>([
    ['changes', [...changes]],
    ['settled', [...settled]],
    ['bases', new Map(bases)],
    ['sent', new Map(files)],
  ]);
  await uploads.write(utf8(goJson(record)));
}

/** The record; undefined when there is none, and after a warning when it is damaged. */
export async function readUploadRecord(uploads: UploadJournal, log: Log): Promise<UploadRecord | undefined> {
  try {
    const bytes = await uploads.read();
    return bytes && parse(asObject(readJson(bytes), 'record of an upload'));
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.warn(
      `the record of the last upload is damaged and counts for nothing: ${uploads.location}: ${error.message}`,
      'UPLOAD_RECORD_DAMAGED',
    );
    return undefined;
  }
}

function parse(record: JsonObject): UploadRecord {
  const members = (name: string) => [...asObject(record.get(name), name)];
  const names = (member: string) => asArray(record.get(member), member).map((name) => asString(name, member));
  return {
    changes: names('changes'),
    settled: names('settled'),
    bases: new Map(members('bases').map(([role, hash]) => [role, asString(hash, role)])),
    sent: new Map(
      members('sent').map(([role, file]) => {
        const fields = asObject(file, role);
        const version = asInteger(fields.get('version'), 'version');
        return [role, { version, sha256: asString(fields.get('sha256'), 'sha256') }];
      }),
    ),
  };
}
