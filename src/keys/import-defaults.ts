/** Fills in what the headers of an imported key leave open, from the command line (Notary 0.7.0). */

import type { PemBlock } from '../encoding/pem.ts';
import { trimEndOf, trimOf } from '../encoding/trim.ts';
import { NotaryError } from '../errors.ts';
import { hasGun } from './key-file.ts';

export interface ImportOptions {
  /** The role of blocks that name none; `delegation` when empty. */
  readonly role: string;
  /** The GUN of blocks that name none. */
  readonly gun: string;
  /** The file's name, for messages; one like `<key ID>.key` tells the ID of an encrypted key. */
  readonly source: string;
}

/** Old exports of keys other than root carry `tuf_keys/<GUN>/<key ID>` as their path. */
const legacyFolder = 'tuf_keys';
/** Of keys whose files name no role, unless the caller names one. */
export const defaultRole = 'delegation';

/**
 * A block with its role and GUN settled. What its headers do not say comes from the options, except
 * that old exports name the GUN in their path. The path is reduced to its last element.
 *
 * @throws NotaryError FLAG_CONTRADICTED when options and headers name different roles or GUNs. Notary 0.7.0 follows
 * the headers, so that a user who imports a key as `user` may get one that is used as root.
 */
export function withDefaults(block: PemBlock, options: ImportOptions): PemBlock {
  const headers = new Map(block.headers);
  settlePath(headers);
  settle(headers, 'role', options.role, options);
  if ((headers.get('role') ?? '') === '') headers.set('role', defaultRole);
  if (hasGun(headers.get('role') ?? '')) settle(headers, 'gun', options.gun, options);
  else headers.delete('gun');
  return { ...block, headers };
}

function settle(
  headers: Map<string, string>,
  name: 'role' | 'gun',
  flag: string,
  { source }: ImportOptions,
): void {
  const own = headers.get(name) ?? '';
  if (own === '' && flag !== '') headers.set(name, flag);
  if (own === '' || flag === '' || own === flag) return;
  throw new NotaryError('FLAG_CONTRADICTED', `a key in ${source} names the ${name} ${own}, not ${flag}`, {
    details: { file: source, [name]: own, flag },
    hint: `Nothing of ${source} was imported. Leave --${name} out, or give --${name} ${own}, if that is what the key is for.`,
  });
}

function settlePath(headers: Map<string, string>): void {
  const path = trimEndOf(headers.get('path') ?? '', '/');
  const slash = path.lastIndexOf('/');
  if (slash < 0) return;
  const folder = path.slice(0, slash);
  if (folder.startsWith(legacyFolder)) {
    const gun = trimOf(folder.slice(legacyFolder.length), '/');
    if (gun !== '') headers.set('gun', gun);
  }
  headers.set('path', path.slice(slash + 1));
}

/** The key ID in a file name of Notary's own, such as `<64 hexadecimal digits>.key`; else an empty string. */
export function keyIdInName(source: string): string {
  return /(?:^|[/\\])([0-9a-f]{64})\.key$/.exec(source)?.[1] ?? '';
}
