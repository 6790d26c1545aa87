/** Exports private keys: the key files, one after the other, each block with its path. */

import { compareUtf8 } from '../encoding/bytes.ts';
import { editDistance } from '../encoding/edit-distance.ts';
import { encodePem, type PemBlock, parsePem } from '../encoding/pem.ts';
import type { ErrorCode } from '../error-codes.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { Caution, Log } from '../ports/log.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';

export interface ExportPorts {
  readonly storage: KeyStorage;
  readonly log: Log;
  readonly caution: Caution;
}

/** Which keys to export; two empty lists mean all. */
export interface ExportFilter {
  /** Keys of exactly these GUNs. */
  readonly guns: readonly string[];
  /** Keys of these IDs. */
  readonly keyIds: readonly string[];
  /** Root keys as well, which belong to no GUN. */
  readonly withRoot?: boolean;
}

export interface ExportedKey {
  readonly keyId: string;
  /** As its file says; empty when it says nothing. */
  readonly role: string;
  readonly gun: string;
}

export interface Export {
  /** PEM, still encrypted, ordered by file name. */
  readonly bundle: Uint8Array;
  readonly keys: readonly ExportedKey[];
  /** Key files that could not be read, by name. */
  readonly leftOut: readonly string[];
  /** How many root keys are here and not among them. */
  readonly rootKeysLeftOut: number;
}

/** A key file that can be exported. */
interface KeptKey extends ExportedKey {
  /** Its name in the key directory, without extension. */
  readonly name: string;
  readonly blocks: readonly PemBlock[];
}

/**
 * The keys that match. Every GUN and every ID that was asked for must match: a backup that lacks a key shows only when
 * the key is gone. Notary 0.7.0 writes what it finds, and an empty file for nothing.
 *
 * A file without a PEM block, or that cannot be read, is named in a log message of level error and left out.
 *
 * @throws NotaryError KEY_NOT_FOUND for a GUN or an ID without a key, and when there is no key at all; KEYS_LEFT_OUT,
 * when strict; FILE_UNREADABLE for the directory, and for a key that was asked for by its ID
 */
export async function exportKeys(ports: ExportPorts, filter: ExportFilter): Promise<Export> {
  const { guns, keyIds, withRoot = false } = filter;
  const kept: KeptKey[] = [];
  const leftOut: string[] = [];
  for (const name of [...(await ports.storage.list())].sort(compareUtf8)) {
    const asked = keyIds.includes(idOf(name));
    const key = keyIds.length > 0 && !asked ? undefined : await readable(ports, name, asked);
    if (key === 'damaged') leftOut.push(name);
    else if (key !== undefined) kept.push(key);
  }
  if (keyIds.length === 0) for (const name of await ports.storage.unusable()) leftOut.push(name);
  const keys = kept.filter(
    ({ role, gun }) => guns.length === 0 || guns.includes(gun) || (withRoot && role === 'root'),
  );
  await checkAllFound(ports, filter, kept);
  if (keys.length === 0) throw nothingToExport(ports.storage, leftOut);
  if (leftOut.length > 0) {
    ports.caution(
      'KEYS_LEFT_OUT',
      `the export lacks what cannot be read: ${leftOut.join(', ')} in ${ports.storage.location}`,
      { keys: leftOut },
    );
  }
  const bundle = keys.flatMap(({ name, blocks }) =>
    blocks.map((block) => encodePem({ ...block, headers: new Map([...block.headers, ['path', name]]) })),
  );
  return {
    bundle: Buffer.concat(bundle),
    keys: keys.map(({ keyId, role, gun }) => ({ keyId, role, gun })),
    leftOut,
    rootKeysLeftOut: kept.filter((key) => key.role === 'root' && !keys.includes(key)).length,
  };
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The other files are exported although one cannot be read. */
async function readable(
  { storage, log }: ExportPorts,
  name: string,
  askedFor: boolean,
): Promise<KeptKey | 'damaged' | undefined> {
  const damaged = (reason: string, code: ErrorCode) => {
    log.error(`${reason}: cannot export ${storage.location}/${name}.key`, code);
    return 'damaged' as const;
  };
  try {
    const pem = await storage.get(name);
    if (pem === undefined) return undefined;
    const blocks = parsePem(pem);
    const [first] = blocks;
    if (first === undefined) return damaged('PEM block is empty', 'INVALID_KEY');
    const { headers } = first;
    return {
      ...{ name, blocks, keyId: idOf(name) },
      ...{ role: headers.get('role') ?? '', gun: headers.get('gun') ?? '' },
    };
  } catch (error) {
    if (askedFor || !isNotaryError(error, 'FILE_UNREADABLE')) throw error;
    return damaged(error.message, error.code);
  }
}

async function checkAllFound(
  { storage }: ExportPorts,
  { guns, keyIds }: ExportFilter,
  kept: readonly KeptKey[],
): Promise<void> {
  const absentIds = keyIds.filter((id) => !kept.some(({ keyId }) => keyId === id));
  if (absentIds.length > 0) {
    const known = (await storage.list()).map(idOf);
    const meant = absentIds.flatMap((id) => known.filter((key) => id !== '' && key.startsWith(id)));
    throw new NotaryError(
      'KEY_NOT_FOUND',
      `no key with the ID ${absentIds.join(', ')} is in ${storage.location}; nothing was exported`,
      {
        details: { keys: absentIds },
        hint:
          meant.length > 0
            ? `--key takes at least 7 digits of an ID, or all of them: ${meant.join(', ')}.`
            : 'Give --key a full ID, at least 7 digits with which one begins, or the name of its collaborator; "key list --names" shows them.',
      },
    );
  }
  const absentGuns = guns.filter((asked) => asked === '' || !kept.some(({ gun }) => gun === asked));
  if (absentGuns.length === 0) return;
  const nearest = absentGuns.flatMap((asked) => nearestGun(asked, kept) ?? []);
  throw new NotaryError(
    'KEY_NOT_FOUND',
    `no key of ${absentGuns.join(', ')} is in ${storage.location}; nothing was exported`,
    {
      details: { guns: absentGuns },
      hint:
        nearest.length > 0
          ? `The nearest GUN that has keys here is ${nearest.join(', ')}.`
          : 'See the GUNs with "key list". Root and delegation keys belong to no GUN: export them with --key.',
    },
  );
}

/** A slip of two letters, or one name that contains the other: `alice/demo` for `docker.io/alice/demo`. */
function nearestGun(asked: string, kept: readonly KeptKey[]): string | undefined {
  const guns = [...new Set(kept.map(({ gun }) => gun))].filter((gun) => gun !== '');
  const contains = (gun: string) => asked !== '' && (gun.includes(asked) || asked.includes(gun));
  return guns.find((gun) => editDistance(gun, asked) <= 2) ?? guns.find(contains);
}

function nothingToExport({ location }: KeyStorage, leftOut: readonly string[]): NotaryError {
  return new NotaryError('KEY_NOT_FOUND', `no key to export is in ${location}`, {
    details: { folder: location, ...(leftOut.length > 0 && { keys: leftOut }) },
    hint:
      leftOut.length > 0
        ? 'What is there cannot be read; see the errors above.'
        : 'Check the trust directory: -d, or trust_dir in the configuration; "key list" shows what is there.',
  });
}
