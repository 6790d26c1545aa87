/** Stages targets to be added. */

import { targetCreation } from '../../changelist/change.ts';
import { digestStream } from '../../crypto/signatures/digest.ts';
import { toBase64 } from '../../encoding/bytes.ts';
import { canonicalJson } from '../../encoding/canonical-json.ts';
import { readJson } from '../../encoding/json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { nearNames } from '../../encoding/near-names.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { isBaseRole, isDelegation, isWildcard, meantDelegation } from '../../metadata/role-name.ts';
import { noSuchRole } from '../../tuf/delegation-signers.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { stage } from './stage-changes.ts';

type AddPorts = Pick<RepositoryPorts, 'changelist' | 'cryptoService' | 'caution' | 'gun'>;

export interface TargetAddition {
  readonly name: string;
  readonly meta: FileMeta;
  /** Empty means `targets`. */
  readonly roles: readonly string[];
}

/**
 * Stages the addition of a target to each role. All names are checked before anything is staged.
 *
 * @throws NotaryError NO_SUCH_ROLE for a role that cannot hold targets, INVALID_CHANGE for a name that
 * no client could publish, FILE_UNWRITABLE
 */
export async function addTarget(ports: AddPorts, { name, meta, roles }: TargetAddition): Promise<void> {
  const scopes = targetRoles(roles);
  checkTargetName(name);
  if (roles.length === 0) await cautionOfMissingKey(ports);
  await stage(
    ports,
    scopes.map((scope) => targetCreation(scope, name, meta)),
  );
}

/** A user who holds delegation keys only has most likely forgotten to name the role. */
async function cautionOfMissingKey({ cryptoService, caution, gun }: AddPorts): Promise<void> {
  const keys = await cryptoService.list();
  const mayOwn = keys.some((key) => key.role === 'root' || (key.role === 'targets' && key.gun === gun));
  if (mayOwn || !keys.some(({ role }) => !isBaseRole(role))) return;
  const why =
    'for targets, whose key is not here, only keys of delegations; stage with -r ROLE, for instance -r targets/releases';
  caution(
    'TARGETS_KEY_NOT_HERE',
    `the change is staged ${why}`,
    { gun },
    `nothing is staged: the change would be ${why}`,
  );
}

/** The roles that a target change is for; `targets` when none was named. */
export function targetRoles(roles: readonly string[]): readonly string[] {
  const scopes = roles.length === 0 ? ['targets'] : roles;
  const wrong = scopes.find((role) => role !== 'targets' && !isDelegation(role) && !isWildcard(role));
  if (wrong !== undefined) throw noSuchRole(wrong, 'cannot add targets to this role', rolesOfTargets(wrong));
  return scopes;
}

function rolesOfTargets(wrong: string): string {
  const meant = nearNames(wrong, ['targets'])[0] ?? meantDelegation(wrong);
  const rule = 'Targets are held by targets and by delegations, whose names begin with targets/.';
  return meant === undefined ? rule : `${rule} Did you mean ${meant}?`;
}

/** Control characters are signed raw and written escaped; Notary's server cannot read such a file back. */
function checkTargetName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/[\u0000-\u001f]/.test(name) && name.isWellFormed()) return;
  throw new NotaryError(
    'INVALID_CHANGE',
    `the target name ${JSON.stringify(name)} contains a control character, which the server refuses`,
    {
      details: { target: name },
    },
  );
}

/** Length, SHA-256 and SHA-512 of a target's content. */
export async function fileMetaOfStream(chunks: AsyncIterable<Uint8Array>): Promise<FileMeta> {
  const { length, sha256, sha512 } = await digestStream(chunks);
  return {
    length,
    hashes: new Map([
      ['sha256', toBase64(sha256)],
      ['sha512', toBase64(sha512)],
    ]),
  };
}

/**
 * Custom data in the only form that every client can sign again: canonical, whole numbers, none of the
 * characters that Go escapes.
 *
 * @returns undefined for `null`, which means no custom data
 * @throws NotaryError MALFORMED_JSON
 */
export function canonicalCustom(bytes: Uint8Array): JsonValue | undefined {
  let value: JsonValue;
  try {
    value = readJson(bytes);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw customRefused(`json: error calling MarshalJSON for type *json.RawMessage: ${error.message}`, error);
  }
  const text = canonicalJson(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[<>&\u2028\u2029\u0000-\u001f]/.test(text)) {
    throw customRefused(
      'custom data contains a character that Notary clients cannot sign again: one of < > &, or a control character',
    );
  }
  return value ?? undefined;
}

function customRefused(message: string, cause?: unknown): NotaryError {
  return new NotaryError('MALFORMED_JSON', message, {
    hint: 'Custom data is a JSON document of strings, whole numbers, lists and objects.',
    cause,
  });
}
