/** Turns a target into plain data: what `--json` prints of it and what scripts get. */

import { toHex } from '../../encoding/bytes.ts';
import { type JsonData, plainData } from '../../encoding/to-plain-json.ts';
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
  const hashes = [...meta.hashes].map(([algorithm, hash]): [string, string] => [
    algorithm,
    toHex(Buffer.from(hash, 'base64')),
  ]);
  const custom = meta.custom === undefined ? {} : { custom: plainData(meta.custom) };
  return { name, role, length: meta.length, hashes: Object.fromEntries(hashes), ...custom };
}
