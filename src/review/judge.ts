/** Judges a state of a repository at a time: which roles readers do not believe, or soon will not, and what that costs. */

import { counted } from '../changelist/name-list.ts';
import { parseInstant } from '../encoding/rfc3339.ts';
import { endsSoon } from '../metadata/expiry.ts';
import { type FileMeta, sameFileMeta } from '../metadata/file-meta.ts';
import { isTargetsRole } from '../metadata/role-name.ts';
import { canonicalIds } from '../tuf/verify-signatures.ts';
import { compareRoles } from './compare.ts';
import type { Finding } from './finding.ts';
import { type RepositoryState, type RoleState, visibleTargets } from './state.ts';

/**
 * The consequences of a state: of each role, in the order of `compare`, and for a staged state what the changes have run
 * into, the tags that would vanish with it and those that would come back.
 */
export function judge(state: RepositoryState, at: Date): readonly Finding[] {
  const roles = [...state.roles.values()].sort((one, other) => compareRoles(one.name, other.name));
  const standing = roles.flatMap((role) => judgeRole(state, role, at));
  const ends = [...state.ends].flatMap(([role, { expires }]) => judgeExpiry(state.gun, role, expires, at));
  if (state.staged === undefined) return [...ends, ...standing];
  const { basis } = state.staged;
  const coming = [...ends, ...standing].map((finding) => withoutLoss(basis, notYet(finding)));
  return [...state.staged.problems, ...coming, ...vanishing(state), ...comingBack(state)];
}

/** What is staged breaks nothing until it is published. */
function notYet(finding: Finding): Finding {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
}

/** Where staged changes take the last keys from a role with tags, what keeps the tags is shown, and not what drops them. */
function withoutLoss({ gun, roles }: RepositoryState, finding: Finding): Finding {
  const before = roles.get(finding.role ?? '');
  if (finding.code !== 'ROLE_WITHOUT_KEYS' || before === undefined || before.keys.size === 0) return finding;
  if ((before.file?.content.targets.size ?? 0) === 0) return finding;
  const who = [...new Set(canonicalIds(before.keys))];
  const revoke = ['tsnotary', 'delegation', 'revoke', gun, ...who, '-r', before.name];
  return { ...finding, hint: { command: [...revoke, '--keep-tags-in', 'targets', '--dry-run'] } };
}

function judgeRole({ gun }: RepositoryState, state: RoleState, at: Date): readonly Finding[] {
  const { name: role, keys, threshold, file } = state;
  if (!isTargetsRole(role)) return [];
  if (keys.size === 0) {
    const message = `${role} has no keys left; readers do not believe what it holds`;
    const command = ['tsnotary', 'delegation', 'remove', gun, role];
    return [{ code: 'ROLE_WITHOUT_KEYS', severity: 'error', role, message, hint: { command } }];
  }
  if (keys.size < threshold) {
    const message = `${role} has ${counted(keys.size, 'key')} and needs ${threshold} signatures, so that readers believe nothing in it`;
    return [{ code: 'ROLE_BELOW_THRESHOLD', severity: 'error', role, message }];
  }
  if (file === undefined) return [];
  if (file.standing === 'unreadable') {
    const message = `the file of ${role} cannot be read, so that it is left out with everything below it`;
    return [{ code: 'ROLE_UNREADABLE', severity: 'error', role, message }];
  }
  if (file.standing === 'untrusted') return [needsSignature(gun, state)];
  return file.envelope === undefined ? [] : judgeExpiry(gun, role, file.content.expires, at);
}

function needsSignature(gun: string, { name: role, file, threshold }: RoleState): Finding {
  const version = file?.content.version ?? 0;
  const holder =
    threshold > 1 ? `holders of ${threshold} of its keys sign` : 'a holder of one of its keys signs';
  return {
    ...{ code: 'ROLE_NEEDS_WITNESS', severity: 'error', role },
    message: `${role} must be signed again: version ${version} is signed by too few of its keys, and readers do not believe it until ${holder} it`,
    hint: { command: ['tsnotary', 'witness', gun, role, '-p'] },
  };
}

function judgeExpiry(gun: string, role: string, expires: string, at: Date): readonly Finding[] {
  const end = parseInstant(expires);
  const command = ['tsnotary', 'renew', gun, '-r', role];
  if (end < at.getTime()) {
    return [
      {
        code: 'EXPIRED',
        severity: 'error',
        role,
        message: `${role} expired at ${expires}`,
        // The server signs the timestamp, whenever it is asked for one.
        ...(role !== 'timestamp' && { hint: { command } }),
      },
    ];
  }
  // The server signs a timestamp for two weeks only.
  if (role === 'timestamp' || !endsSoon(end, at)) return [];
  return [
    {
      code: 'EXPIRES_SOON',
      severity: 'note',
      role,
      message: `${role} expires at ${expires}`,
      hint: { command: [...command, '--within', '185d'] },
    },
  ];
}

/** Targets that readers get before and do not get after, and that no change removes by name. */
function vanishing({ gun, staged, ...state }: RepositoryState): readonly Finding[] {
  if (staged === undefined) return [];
  const after = visibleTargets({ gun, ...state });
  return lostTargets(visibleTargets(staged.basis), after, staged.asked).map(
    ({ role, targets, elsewhere }) => {
      const also =
        elsewhere === 0
          ? ''
          : `; readers find ${elsewhere === targets.length ? 'all of them' : `${elsewhere} of them`} in another role as well`;
      return {
        ...{ code: 'TAGS_WOULD_VANISH', severity: 'warning', role, targets },
        message: `${counted(targets.length, 'tag')} of ${role} would vanish${also}`,
      };
    },
  );
}

/** Targets that readers get after and did not get before, and that no change adds. */
function comingBack({ gun, staged, ...state }: RepositoryState): readonly Finding[] {
  if (staged === undefined) return [];
  const before = visibleTargets(staged.basis);
  return lostTargets(visibleTargets({ gun, ...state }), before, staged.asked).map(({ role, targets }) => ({
    ...{ code: 'TAGS_COME_BACK', severity: 'warning', role, targets },
    message: `${counted(targets.length, 'tag')} of ${role} would be believed again`,
  }));
}

interface LostTargets {
  readonly role: string;
  readonly targets: readonly string[];
  /** How many of them another role has with the same content. */
  readonly elsewhere: number;
}

type TargetsByRole = ReadonlyMap<string, ReadonlyMap<string, FileMeta>>;

/** By role, what is in the one and not in the other; the names that were asked for are left out. */
export function lostTargets(
  from: TargetsByRole,
  to: TargetsByRole,
  asked: ReadonlyMap<string, ReadonlySet<string>>,
): readonly LostTargets[] {
  return [...from].flatMap(([role, targets]) => {
    const left = to.get(role);
    if (left === targets) return [];
    const lost = [...targets].filter(
      ([name]) => left?.has(name) !== true && asked.get(role)?.has(name) !== true,
    );
    if (lost.length === 0) return [];
    const elsewhere = lost.filter(([name, meta]) => hasSame(to, name, meta)).length;
    return [{ role, targets: lost.map(([name]) => name), elsewhere }];
  });
}

/** True when one of the roles has a target of that name with the same content. */
export function hasSame(roles: TargetsByRole, name: string, meta: FileMeta): boolean {
  for (const targets of roles.values()) {
    const found = targets.get(name);
    if (found !== undefined && sameFileMeta(found, meta)) return true;
  }
  return false;
}
