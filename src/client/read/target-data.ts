/** Turns a target into plain data: what `--json` prints of it and what scripts get. */

import { toHex } from '../../encoding/bytes.ts';
import { type JsonData, plainData } from '../../encoding/to-plain-json.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import type { TargetWithRole } from '../../tuf/target-walk.ts';

/** A type and no interface, so that it is JSON data too. */
export type TargetData = Readonly<{
  name: string;
  role: string;
  /** Bytes. */
  length: number;
  /** In hexadecimal, by algorithm. */
  hashes: Readonly<Record<string, string>>;
  /** As it was signed. */
  custom?: JsonData;
}>;

export function targetData({ name, meta, role }: TargetWithRole): TargetData {
  return { name, role, ...metaData(meta) };
}

/** Length, hashes in hexadecimal, and custom data of a target. */
export function metaData({ length, hashes, custom }: FileMeta): Omit<TargetData, 'name' | 'role'> {
  const hex = [...hashes].map(([algorithm, hash]): [string, string] => [
    algorithm,
    toHex(Buffer.from(hash, 'base64')),
  ]);
  return {
    ...{ length, hashes: Object.fromEntries(hex) },
    ...(custom !== undefined && { custom: plainData(custom) }),
  };
}
