/**
 * Revokes keys: plans the revocation on what the server serves, publishes removal, replacement, new signatures and moved
 * targets in one upload, and proves with a second reader that the keys are in no role.
 */

import type { Change } from '../../changelist/change.ts';
import { canonicalJson } from '../../encoding/canonical-json.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { type FileMeta, fileMetaToJson } from '../../metadata/file-meta.ts';
import type { Snapshot } from '../../metadata/snapshot.ts';
import { believedContents, visibleTargets } from '../../review/state.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { planRevocation, type RevocationPlan } from './plan.ts';
import { fallingWith, isListed, type Revocation } from './planned-roles.ts';
import { type Proof, proveRevocation } from './proof.ts';
import { signedWith } from './sign-with.ts';

export interface Revoked {
  readonly plan: RevocationPlan;
  readonly proof: Proof;
  /** The roles whose files were uploaded. */
  readonly roles: readonly string[];
}

/**
 * Publishes a revocation that was looked at. The plan is made anew on each state that the server turns out to have; when
 * its consequences have grown, the caller is asked again.
 *
 * Staged changes stay as they are.
 *
 * @param accepted the plan that was agreed to
 * @param agree asked with a plan that costs more than the accepted one; false ends the work with nothing sent
 * @throws NotaryError TAGS_WOULD_VANISH, PLAN_CHANGED, every code of `planRevocation` and `publishChanges`;
 * PUBLISH_UNVERIFIED when the proof fails
 */
export async function revoke(
  ports: RepositoryPorts,
  revocation: Revocation,
  accepted: RevocationPlan,
  agree: (plan: RevocationPlan) => Promise<boolean>,
): Promise<Revoked> {
  checkNothingLost(ports.gun, accepted, revocation);
  return ports.lock.hold(async () => {
    let plan = accepted;
    let agreed = consequences(accepted);
    const signed = new Set<string>();
    const cryptoService = signedWith(ports.cryptoService, signed, revocation.signWith);
    const publishing: RepositoryPorts = { ...ports, cryptoService };
    let loadedMeta: Snapshot['meta'] = new Map();
    const { roles, served } = await publishOrExplain(publishing, {
      changes: async (loaded): Promise<readonly Change[]> => {
        // Only a repository that is made by this very publish has no snapshot.
        if (loaded.snapshot === undefined) throw gone(ports);
        plan = await planOn(ports, loaded, revocation);
        loadedMeta = loaded.snapshot.content.meta;
        checkNothingLost(ports.gun, plan, revocation);
        const now = consequences(plan);
        const grown = [...now].flatMap(([one, line]) => (agreed.has(one) ? [] : [line]));
        if (grown.length > 0 && !(await agree(plan))) throw planChanged(ports.gun, grown);
        agreed = now;
        signed.clear();
        for (const { role, outcome } of plan.roles) if (outcome === 'signed again') signed.add(role);
        return plan.changes;
      },
      beforeUpload: () => Promise.resolve(),
    });
    checkNotCrossed(ports.gun, { plan, revocation }, loadedMeta, served.snapshot.content.meta);
    const proof = await proveRevocation(ports, {
      ...{ root: served.root.envelope.bytes, keyIds: revocation.keyIds },
      ...(revocation.roles !== undefined && { roles: revocation.roles }),
      ...{ kept: keptTargets(plan), dropped: droppedTargets(plan, revocation) },
      ...{ versions: versionsOf(plan), believed: believedRoles(plan) },
    });
    return { plan, proof, roles };
  });
}

function planOn(ports: RepositoryPorts, repo: LoadedRepo, revocation: Revocation): Promise<RevocationPlan> {
  return planRevocation(ports, { repo, initial: false }, revocation);
}

/** Of what readers will find, all that they found before: what is new is another's. */
function keptTargets({ before, after }: RevocationPlan): ReadonlyMap<string, ReadonlyMap<string, FileMeta>> {
  const seen = visibleTargets(before);
  const moved = visibleTargets(after);
  return new Map(
    [...moved].map(([role, targets]) => {
      const known = seen.get(role);
      // `targets` may have gained what other roles have lost.
      return [role, role === 'targets' || known === targets ? targets : withNamesOf(targets, known)];
    }),
  );
}

/** The repository was deleted after the plan was made: a revocation makes none. */
function gone({ gun, remote }: RepositoryPorts): NotaryError {
  return new NotaryError(
    'REPOSITORY_NOT_EXIST',
    `${remote.location} does not have trust data for ${gun} any more`,
    {
      details: { gun, server: remote.location },
      hint: 'Nothing was published.',
    },
  );
}

/** What is said of staged changes does not hold for a revocation: it has none. */
async function publishOrExplain(
  ports: RepositoryPorts,
  publication: Parameters<typeof publishChanges>[1],
): ReturnType<typeof publishChanges> {
  try {
    return await publishChanges(ports, publication);
  } catch (error) {
    if (!isNotaryError(error, 'PUBLISH_UNVERIFIED')) throw error;
    throw rephrased(error, sameWords, {
      hint: `The revocation is not proved, and may not be in effect. Look at what the server serves with "tsnotary delegation list ${shellWord(ports.gun)}", and run this command again.`,
    });
  }
}

/**
 * A server does not notice that a role was signed between the read and the upload where the upload does not hold that
 * role: what was put into it then was not agreed to be lost.
 *
 * @throws NotaryError PUBLISH_UNVERIFIED
 */
function checkNotCrossed(
  gun: string,
  { plan, revocation }: { readonly plan: RevocationPlan; readonly revocation: Revocation },
  before: Snapshot['meta'],
  served: Snapshot['meta'],
): void {
  for (const role of doubtedRoles(plan, revocation)) {
    const [old, now] = [before.get(role), served.get(role)];
    if (now === undefined || (old !== undefined && sha256Hex(old) === sha256Hex(now))) continue;
    throw new NotaryError(
      'PUBLISH_UNVERIFIED',
      `the keys are revoked, but another client has published ${role} of ${gun} at the same moment, and readers do not find what it has put there`,
      {
        details: { gun, role },
        hint: 'What was in the role before is as it was agreed to. Its holder publishes it again, into a role that readers believe.',
      },
    );
  }
}

/** The roles that readers do not believe any more and that another holder may have signed, those below others included. */
function doubtedRoles(plan: RevocationPlan, { keyIds }: Revocation): ReadonlySet<string> {
  const { roles, before } = plan;
  // Into a role of the revoked keys alone no other has put anything.
  const planned = roles.filter(({ outcome, left }) => outcome === 'untrusted' && left.length > 0);
  const falling = roles.flatMap(({ role }) => fallingWith(role, plan));
  const ofOthers = falling.filter((role) =>
    canonicalIds(before.roles.get(role)?.keys ?? new Map()).some((id) => !keyIds.includes(id)),
  );
  return new Set([...planned.map(({ role }) => role), ...ofOthers]);
}

/** The roles that readers are to believe, those without a file among them. */
function believedRoles({ roles, after }: RevocationPlan): ReadonlySet<string> {
  const lost = new Set(roles.filter(({ outcome }) => outcome === 'untrusted').map(({ role }) => role));
  const contents = believedContents(after);
  const found = [...after.roles.values()].filter(
    ({ name, file }) =>
      !lost.has(name) && isListed(name, contents) && (file === undefined || file.standing === 'trusted'),
  );
  return new Set(found.map(({ name }) => name));
}

/** By role, the version of the file that was read before. */
function versionsOf({ before }: RevocationPlan): ReadonlyMap<string, number> {
  return new Map(
    [...before.roles.values()].flatMap(({ name, file }) =>
      file === undefined ? [] : [[name, file.content.version] as const],
    ),
  );
}

function withNamesOf(
  targets: ReadonlyMap<string, FileMeta>,
  known: ReadonlyMap<string, FileMeta> | undefined,
): ReadonlyMap<string, FileMeta> {
  return new Map([...targets].filter(([name]) => known?.has(name) === true));
}

function droppedTargets(
  { lost }: RevocationPlan,
  { lost: choice }: Revocation,
): ReadonlyMap<string, readonly string[]> {
  if (choice === undefined) return new Map();
  return new Map(lost.map(({ role, targets }) => [role, [...targets.keys()]]));
}

/**
 * What a plan costs: what becomes of roles, which targets are lost, and what is signed that only the revoked keys had
 * signed.
 *
 * @returns a line for each; two plans cost the same where the keys are equal
 */
export function consequences(plan: RevocationPlan): ReadonlyMap<string, string> {
  const { roles, lost, before, differences } = plan;
  const asserted = roles
    .filter(({ outcome, mustBeSigned }) => outcome === 'signed again' && mustBeSigned)
    .flatMap(({ role }) =>
      [...(before.roles.get(role)?.file?.content.targets ?? [])].map((entry) => signs(role, ...entry)),
    );
  const nested = roles
    .filter(({ outcome, mustBeSigned }) => outcome === 'signed again' && mustBeSigned)
    .flatMap(({ role }) =>
      (before.roles.get(role)?.file?.content.delegations.roles ?? []).map(
        ({ name, keyIds }) => `${role} delegates ${name} to ${keyIds.join(', ')}`,
      ),
    );
  const moved = differences.flatMap((change) =>
    change.what === 'target' && change.after !== undefined
      ? [signs(change.role, change.target, change.after)]
      : [],
  );
  const lines = [
    ...roles.map(({ role, outcome }) => `${role} ${outcome}`),
    ...nested,
    ...lost.flatMap(({ role, targets }) => [...targets.keys()].map((name) => `${role} loses ${name}`)),
  ];
  return new Map([...lines.map((line) => [line, line] as const), ...asserted, ...moved]);
}

/** Told apart by all that is signed: a name alone would let another content pass under it. */
function signs(role: string, name: string, meta: FileMeta): readonly [string, string] {
  const line = `${role} signs ${name}`;
  return [`${line} ${canonicalJson(fileMetaToJson(meta))}`, `${line} sha256:${sha256Hex(meta) ?? ''}`];
}

/** @throws NotaryError TAGS_WOULD_VANISH */
export function checkNothingLost(gun: string, { lost }: RevocationPlan, { lost: choice }: Revocation): void {
  if (choice !== undefined) return;
  const vanishing = lost.filter(({ only }) => only.length > 0);
  if (vanishing.length === 0) return;
  const names = [...new Set(vanishing.flatMap(({ only }) => only))];
  const shown = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  throw new NotaryError(
    'TAGS_WOULD_VANISH',
    `${names.length} ${names.length === 1 ? 'tag' : 'tags'} of ${gun} would vanish: ${shown}`,
    {
      details: { gun, targets: names, roles: vanishing.map(({ role }) => role) },
      hint: 'Nothing was changed. Say what is to become of them: --sign-with KEY signs the role again with a key that stays, --replace CERTIFICATE with --sign-with has another key sign it, --keep-tags-in targets moves them, --drop-tags lets them go.',
    },
  );
}

function planChanged(gun: string, grown: readonly string[]): NotaryError {
  return new NotaryError(
    'PLAN_CHANGED',
    `another client has published ${gun} meanwhile, and the revocation would cost more than was agreed to: ${grown.slice(0, 5).join('; ')}`,
    {
      details: { gun, consequences: grown },
      hint: 'Nothing was changed. Look at it with --dry-run, and run the command again.',
    },
  );
}
