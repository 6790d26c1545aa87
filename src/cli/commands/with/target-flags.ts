/** Declares and reads the flags that the commands which stage a target share. */

import { asUtf8 } from '../../../encoding/foreign-text.ts';
import type { JsonValue } from '../../../encoding/json-value.ts';
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
