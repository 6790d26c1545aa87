/** Finds the files of a draft that a server would refuse, since it would not believe a role above them. */

import { ancestorsOf } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { Finding } from '../../review/finding.ts';
import type { Repo } from '../../tuf/repo.ts';
import type { LoadedForPublishing } from '../draft/load.ts';
import { isSignedByDraft } from './draft-signers.ts';

/**
 * A server judges each file by the roles above it: by their files that come with it, else by those that it holds, which
 * keys of the draft must have signed. Whether one of these has expired makes no difference (Notary 0.7.0,
 * `server/handlers/validation.go`).
 *
 * @returns a finding for each role that is not sent and keeps others from being taken
 */
export function refusedFiles(gun: string, repo: Repo, loaded: LoadedForPublishing): readonly Finding[] {
  const refused = new Map<string, string[]>();
  for (const [role, { dirty }] of repo.targets) {
    if (!dirty) continue;
    const doubted = ancestorsOf(role).find((ancestor) => !isTaken(ancestor, repo, loaded));
    if (doubted !== undefined) refused.set(doubted, [...(refused.get(doubted) ?? []), role]);
  }
  return [...refused].map(([role, sent]) => ({
    ...{ code: 'INVALID_OPERATION', severity: 'error', role, prevents: true },
    message: `the server would refuse ${sent.sort().join(', ')}, since ${role} would be signed by too few of its keys`,
    hint: { command: ['tsnotary', 'witness', gun, role] },
  }));
}

function isTaken(
  role: string,
  repo: Repo,
  { repo: { targets, unusable }, initial }: LoadedForPublishing,
): boolean {
  const draft = repo.targets.get(role);
  if (draft?.dirty === true || (initial && role === 'targets')) return true;
  // Of a role for which a copy stands in, the server holds the other file.
  const served = (unusable.get(role) ?? targets.get(role))?.envelope;
  const envelope = served ?? (draft?.bytes && parseEnvelope(draft.bytes));
  return envelope !== undefined && isSignedByDraft(role, envelope, repo);
}
