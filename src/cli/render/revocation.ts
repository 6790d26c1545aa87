/** Renders a revocation: the plan, as it is looked at before, and the result. */

import { counted } from '../../changelist/name-list.ts';
import type { Certified } from '../../client/revoke/certificate-expiry.ts';
import type { RevocationPlan } from '../../client/revoke/plan.ts';
import { fallingWith, type LostTargetsChoice, type PlannedRole } from '../../client/revoke/planned-roles.ts';
import type { Proof } from '../../client/revoke/proof.ts';
import type { KeyNames } from '../../collaborators/names.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { changeData, findingData, keyText } from './differences.ts';
import { holderText } from './shown-name.ts';
import { escapeForTerminal } from './terminal-escape.ts';
import { type Layout, shownId, unlimited, type View } from './view.ts';
import { helpWidth, wrapLine, wrapRow } from './wrap.ts';

export interface ShownRevocation {
  readonly gun: string;
  /** What the caller asked for, and the keys that it stands for. */
  readonly who: readonly {
    readonly who: string;
    readonly keyIds: readonly CanonicalKeyId[];
  }[];
  readonly plan: RevocationPlan;
  readonly names: KeyNames;
  /** Of the certificates of the revoked keys, by key. */
  readonly certificates: ReadonlyMap<CanonicalKeyId, Certified>;
  /** The keys here that could sign again, by role. */
  readonly signersHere: ReadonlyMap<string, readonly CanonicalKeyId[]>;
  /** Until when a reader who is shown nothing newer goes on trusting the keys; undefined when that is not known. */
  readonly trustedUntil: string | undefined;
  readonly full: boolean;
  /** The roles that it was narrowed to; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** What was chosen for targets that readers would lose. */
  readonly choice: LostTargetsChoice | undefined;
  readonly state: 'dry-run' | 'staged' | 'published' | 'nowhere';
  readonly proof?: Proof;
}

export const revocationView: View<ShownRevocation> = {
  json(data) {
    const { gun, who, plan, names, state, proof, trustedUntil, certificates } = data;
    const keyData = (keyId: CanonicalKeyId) => {
      const { collaborator, nameSource } = names.of(keyId);
      const until = certificates.get(keyId)?.expires;
      return {
        ...{ keyId, nameSource },
        ...(collaborator !== undefined && { collaborator }),
        ...(until !== undefined && { certificateExpires: until }),
      };
    };
    return {
      ...{ gun, state },
      who: who.map((one) => ({ who: one.who, keys: one.keyIds.map(keyData) })),
      roles: plan.roles.map(roleData),
      lost: plan.lost.map(({ role, targets, only }) => ({ role, targets: [...targets.keys()], only })),
      changes: plan.differences.map((change) => changeData(change, names)),
      findings: plan.findings.map((finding) => findingData(finding, names)),
      ...(trustedUntil !== undefined && { trustedUntil }),
      proof: proof === undefined ? null : proofData(proof),
    };
  },
  text(data, layout = unlimited) {
    const sentences = [...signLines(data, layout), ...endLines(data, layout)];
    const width = layout.terminal ? layout.columns() : undefined;
    const fitting =
      width === undefined ? sentences : sentences.map((line) => wrapLine(line, helpWidth(width), 2));
    return `${[...holderLines(data, layout), ...fitting].join('\n')}\n`;
  },
};

function roleData(role: PlannedRole): JsonData {
  const { outcome, removed, left, version, mustBeSigned, targets, threshold, believed } = role;
  return {
    ...{ role: role.role, outcome, removed, left, threshold, mustBeSigned, targets, believed },
    ...(version !== undefined && { version }),
  };
}

function proofData({ targetsVersion, kept, changedMeanwhile }: Proof): JsonData {
  return { targetsVersion, kept, changedMeanwhile: changedMeanwhile.map((one) => ({ ...one })) };
}

/** For each holder and key a line, and below it a line or two for each role. */
function holderLines(data: ShownRevocation, layout: Layout): readonly string[] {
  return data.who.flatMap(({ who, keyIds }) =>
    keyIds.flatMap((keyId) => {
      const roles = data.plan.roles.filter(({ removed }) => removed.includes(keyId));
      const until = data.certificates.get(keyId)?.expires;
      const certificate = until === undefined ? '' : `  certificate until ${until.slice(0, 10)}`;
      const { collaborator, nameSource } = data.names.of(keyId);
      const key =
        nameSource === 'file' && collaborator === who
          ? shownId(keyId, layout)
          : keyText(keyId, data.names, layout);
      const title = `${escapeForTerminal(who)}  key ${key}${certificate}`;
      if (roles.length === 0) return [title, '  is in no role'];
      const width = roles.reduce((widest, { role }) => Math.max(widest, role.length), 0);
      return [title, ...roles.flatMap((role) => roleLines(role, width, data, layout))];
    }),
  );
}

function roleLines(
  planned: PlannedRole,
  width: number,
  { plan, names, full, choice }: ShownRevocation,
  layout: Layout,
): readonly string[] {
  const { role, outcome, left, threshold, mustBeSigned, version, targets, believed } = planned;
  const lost = plan.lost.find((one) => one.role === role);
  const came = plan.differences.flatMap((change) =>
    change.what === 'key' && change.op === 'add' && change.role === role ? [change.keyId] : [],
  );
  const named = (keys: readonly CanonicalKeyId[]) =>
    keys.map((keyId) => holderText(keyId, names, layout)).join(' and ');
  const remain = left.filter((keyId) => !came.includes(keyId));
  const shown = named(remain);
  const words: string[] = [];
  if (outcome === 'removed')
    words.push(`goes: ${lost === undefined ? heldWords(planned) : lostWords(lost, full, choice)}`);
  else if (!believed)
    words.push(`is not believed at present: ${heldWords(planned)}; nothing of it is signed again`);
  else if (left.length < threshold)
    words.push(
      `cannot be signed any more: ${left.length === 0 ? 'no key remains' : `${shown} remain`}, threshold ${threshold}`,
    );
  else
    words.push(
      `stays usable: ${remain.length === 0 ? 'none of the present keys remains' : `${shown} ${remain.length === 1 ? 'remains' : 'remain'}`}, threshold ${threshold}`,
    );
  if (came.length > 0) words.push(`gets the key of ${named(came)}`);
  if (outcome === 'signed again') words.push(`is signed again: ${counted(targets, 'tag')}`);
  else if (believed && mustBeSigned && outcome !== 'removed' && left.length > 0)
    words.push(
      `must be signed again: version ${version ?? 0} is signed by the revoked key alone; ${counted(targets, 'tag')}`,
    );
  if (lost !== undefined && outcome !== 'removed') words.push(lostWords(lost, full, choice));
  for (const below of belowWords(planned, plan, names, layout)) words.push(below);
  const columns = layout.terminal ? layout.columns() : undefined;
  return words.map((said, index) => {
    const left = `  ${(index === 0 ? role : '').padEnd(width)}   `;
    return columns === undefined ? left + said : wrapRow(left, said, helpWidth(columns));
  });
}

/** What becomes of nested roles: a signature on a role asserts its list of them, and they fall with a role. */
function belowWords(
  { role, outcome, mustBeSigned }: PlannedRole,
  plan: RevocationPlan,
  names: KeyNames,
  layout: Layout,
): readonly string[] {
  const { delegations } = plan.after.roles.get(role)?.file?.content ?? {};
  const asserted = outcome === 'signed again' && mustBeSigned ? (delegations?.roles ?? []) : [];
  const anew = asserted.map(({ name, keyIds }) => {
    const keys = keyIds.map((id) => {
      const key = delegations?.keys.get(id);
      return keyText(key === undefined ? asCanonicalKeyId(id) : canonicalIdOr(id, key), names, layout);
    });
    return `delegates anew: ${escapeForTerminal(name)} to ${keys.length === 0 ? 'no key' : `key ${keys.join(', key ')}`}`;
  });
  const falling = fallingWith(role, plan);
  if (falling.length === 0) return anew;
  return [...anew, `falls with it: ${falling.map(escapeForTerminal).join(', ')}`];
}

function heldWords({ targets, believed }: PlannedRole): string {
  if (targets === 0) return 'it holds no tags';
  return believed ? counted(targets, 'tag') : `${counted(targets, 'tag')} that readers do not believe`;
}

function lostWords(
  { targets, only }: RevocationPlan['lost'][number],
  full: boolean,
  choice: LostTargetsChoice | undefined,
): string {
  const count = counted(targets.size, 'tag');
  if (choice === 'keep-in-targets') return `${count}, signed in targets`;
  if (only.length === 0) return `${count}, all of them also in another role`;
  const names = full ? only : only.slice(0, 5);
  const more = only.length > names.length ? ` and ${only.length - names.length} more (--full)` : '';
  const vanish = only.length === targets.size ? count : `${only.length} of ${count}`;
  const verb = only.length === 1 ? 'vanishes' : 'vanish';
  return `${vanish} ${choice === 'drop' ? verb : 'would vanish'}: ${names.map(escapeForTerminal).join(', ')}${more}`;
}

function signLines(
  { plan, signersHere, names, state, choice }: ShownRevocation,
  layout: Layout,
): readonly string[] {
  if (state !== 'dry-run' || choice !== undefined) return [];
  const unsigned = plan.roles.filter(
    ({ outcome, left, believed }) => outcome === 'untrusted' && believed && left.length > 0,
  );
  return unsigned.map(({ role }) => {
    const again = unsigned.length > 1 ? `Sign ${role} again` : 'Sign again';
    const here = (signersHere.get(role) ?? []).map((keyId) => signer(keyId, names, layout));
    return here.length > 0
      ? `${again} with: ${here.join(', ')}`
      : `${again}: none of the keys that remain is here. Their holders can run witness; else see --keep-tags-in and --drop-tags.`;
  });
}

/** `ci (key 77c0a1d2e3f4, here)` */
function signer(keyId: CanonicalKeyId, names: KeyNames, layout: Layout): string {
  const id = shownId(keyId, layout);
  const { collaborator } = names.of(keyId);
  return collaborator === undefined
    ? `key ${id}, here`
    : `${holderText(keyId, names, layout)} (key ${id}, here)`;
}

/** Findings that the lines about roles say already. */
const saidByRole: readonly string[] = [
  'TAGS_WOULD_VANISH',
  'ROLE_NEEDS_WITNESS',
  'ROLE_WITHOUT_KEYS',
  'ROLE_BELOW_THRESHOLD',
];

function endLines(
  { gun, who, plan, trustedUntil, state, proof, only, choice }: ShownRevocation,
  { terminal }: Layout,
): readonly string[] {
  const findings = plan.findings
    .filter(({ code }) => !saidByRole.includes(code))
    .map(({ message }) => `! ${escapeForTerminal(message)}`);
  const said = who.map((one) => escapeForTerminal(one.who)).join(' and ');
  if (plan.roles.length === 0) return findings;
  const readers =
    trustedUntil === undefined
      ? []
      : [`Readers who are shown nothing newer may trust ${said} until ${utc(trustedUntil)}.`];
  const where = only === undefined ? 'no role' : `none of ${only.map(escapeForTerminal).join(', ')}`;
  const copies = `Not visible from here: whether ${said} ${who.length === 1 ? 'has' : 'have'} a copy of the targets key. If so:`;
  const rotate = `tsnotary key rotate ${shellWord(gun)} targets`;
  const copied = terminal ? [copies, `  ${rotate}`] : [`${copies} ${rotate}`];
  const proved =
    proof === undefined
      ? []
      : [
          `Proved by a second reader with an empty cache: ${said} ${who.length === 1 ? 'is' : 'are'} in ${where} of ${escapeForTerminal(gun)} any more (targets ${proof.targetsVersion})${proof.kept === 0 ? '' : `, and ${counted(proof.kept, 'tag')} ${proof.kept === 1 ? 'is' : 'are'} as before`}.`,
          ...proof.changedMeanwhile.map(
            ({ role, target }) =>
              `${escapeForTerminal(target)} in ${role} was changed by another publish meanwhile.`,
          ),
        ];
  const staged =
    state === 'staged'
      ? [
          `Staged. publish carries it out on what is in the roles then, signs with every key that is here, and proves nothing: tsnotary publish ${shellWord(gun)}`,
        ]
      : [];
  return [...findings, ...proved, ...staged, ...laterLines(gun, plan, choice, state), ...readers, ...copied];
}

/** What a holder of a key that remains has to do, and what comes back by that. */
function laterLines(
  gun: string,
  { roles }: RevocationPlan,
  choice: LostTargetsChoice | undefined,
  state: ShownRevocation['state'],
): readonly string[] {
  if (state === 'dry-run') return [];
  const open = roles.filter(
    ({ outcome, left, targets }) => outcome === 'untrusted' && left.length > 0 && targets > 0,
  );
  return open.flatMap(({ role }) => [
    `Readers do not believe ${role} until a holder of a key that remains signs it again: tsnotary witness ${shellWord(gun)} ${role} -p`,
    ...(choice === 'drop'
      ? [
          `The tags that were dropped come back with that, unless the same holder stages their removal first: tsnotary remove ${shellWord(gun)} TAG -r ${role}`,
        ]
      : []),
  ]);
}

/** `2026-12-10 09:14 UTC` */
function utc(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
