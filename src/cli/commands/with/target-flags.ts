/** Declares and reads the flags that the commands which stage a target share. */

import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { asUtf8 } from '../../../encoding/foreign-text.ts';
import type { JsonValue } from '../../../encoding/json-value.ts';
import { isDelegation } from '../../../metadata/role-name.ts';
import type { Files } from '../../../ports/files.ts';
import type { Caution } from '../../../ports/log.ts';
import { defineFlags } from '../../spec/command-spec.ts';
import { publishFlag } from './publish-flag.ts';

export const targetFlags = defineFlags({
  custom: { type: 'string', usage: 'JSON file with custom data to store with the target' },
  publish: publishFlag,
  roles: {
    type: 'strings',
    short: 'r',
    usage: 'Delegation roles to put it into; default: targets',
  },
});

/** The roles that a change of a target is staged for. */
export function stagedRoles(given: readonly string[] | undefined): readonly string[] {
  return given === undefined || given.length === 0 ? ['targets'] : given;
}

/**
 * An unset variable in `-r "$ROLE"` leads to `targets`, which every client reads (Notary 0.7.0).
 *
 * @throws NotaryError ROLE_NOT_NAMED, when strict
 */
export function cautionOfNoRole(given: readonly string[] | undefined, caution: Caution): void {
  if (given?.length !== 0) return;
  caution(
    'ROLE_NOT_NAMED',
    '-r names no role, so the change is staged for targets',
    {},
    '-r names no role; nothing is staged',
  );
}

/**
 * Says of roles of `-r` that are not there, as far as this machine knows. With `-p` the publish says it, which knows.
 *
 * @throws NotaryError ROLE_NOT_THERE, when strict
 */
export async function cautionAtStaging(
  collection: RepositoryPorts,
  { roles = [], publish }: { readonly roles: readonly string[] | undefined; readonly publish: boolean },
): Promise<void> {
  const delegations = roles.filter((role) => isDelegation(role));
  if (publish || delegations.length === 0) return;
  const { cautionOfUnknownRoles } = await import('../../../client/stage/known-roles.ts');
  await cautionOfUnknownRoles(collection, delegations);
}

/**
 * The custom data of the flag `--custom`, ready to be spread into a target's metadata. The file may be UTF-16, as shells
 * of Windows write it.
 *
 * @throws NotaryError FILE_UNREADABLE, and what `canonicalCustom` refuses
 */
export async function readCustom(files: Files, path: string): Promise<{ custom?: JsonValue }> {
  if (path === '') return {};
  const bytes = asUtf8(await files.read(path));
  const { canonicalCustom } = await import('../../../client/stage/add-target.ts');
  const custom = canonicalCustom(bytes);
  return custom === undefined ? {} : { custom };
}
