/**
 * Resolves the tag of an image to the digest that was signed for it, as a deploy gate must: only by what the server says
 * now, and never by a role that stands in for one that cannot be believed.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import type { Caution } from '../../ports/log.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { cautionOfIncomplete, incompleteRoles } from '../read/incomplete-roles.ts';
import { type Updated, update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { releasedRoles, releasesRole } from './signatures.ts';

/** What a tag stands for. */
export interface ResolvedTag {
  /** SHA-256 of the manifest, in hex. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** The released role that has it. */
  readonly role: string;
}

/**
 * The verified state of a repository as the server has it now. (Docker goes on with its cache where the server cannot be
 * asked.)
 *
 * @throws NotaryError every code of `update`, and that of every caution that does not concern another signer's role alone
 */
export async function updateFromServer(ports: UpdatePorts): Promise<Updated> {
  const caution = cautionOfReleases(ports);
  const loaded = await update({ ...ports, caution });
  cautionOfIncomplete(incompleteRoles(loaded, [releasesRole]), loaded, { gun: ports.gun, caution });
  return loaded;
}

/**
 * What concerns a role that is not released decides nothing here. That no key may sign `targets/releases` any more is what
 * its owner has said, and leaves what is in `targets`.
 */
function cautionOfReleases({ log }: Pick<UpdatePorts, 'log'>): Caution {
  return (code, warning, details = {}, refusal = warning) => {
    const role = typeof details['role'] === 'string' ? details['role'] : '';
    if ((role.startsWith('targets/') && role !== releasesRole) || code === 'ROLE_WITHOUT_KEYS') {
      log.warn(warning, code);
      return;
    }
    throw new NotaryError(code, refusal, { details, hint: 'Nothing is taken from an earlier look.' });
  };
}

/**
 * What a tag stands for: in `targets/releases`, else in `targets` (docker CLI 28.2.2).
 *
 * @throws NotaryError NO_SUCH_TARGET; CHECKSUM_MISSING for a target without SHA-256
 */
export function resolveTag(loaded: Updated, gun: string, tag: string): ResolvedTag {
  for (const role of releasedRoles) {
    const meta = loaded.targets.get(role)?.content.targets.get(tag);
    if (meta !== undefined) return { ...measured(meta, gun, tag), role };
  }
  const elsewhere = [...loaded.targets].filter(([, { content }]) => content.targets.has(tag));
  const held = elsewhere.map(([role]) => role);
  throw new NotaryError(
    'NO_SUCH_TARGET',
    held.length === 0 ? `No valid trust data for ${tag}` : `No trust data for ${tag}`,
    {
      details: { gun, target: tag, ...(held.length > 0 && { roles: held }) },
      hint:
        held.length === 0
          ? `What is signed: tsnotary trust inspect --pretty ${shellWord(gun)}`
          : `It is in ${held.join(', ')}, which is not released: its signer is not in ${releasesRole}.`,
    },
  );
}

function measured(meta: FileMeta, gun: string, tag: string): Omit<ResolvedTag, 'role'> {
  const digest = sha256Hex(meta);
  if (digest === undefined)
    throw new NotaryError('CHECKSUM_MISSING', `${tag} of ${gun} has no SHA-256`, {
      details: { gun, target: tag },
      hint: 'It is no image that docker or this program has signed.',
    });
  return { digest, size: meta.length };
}
