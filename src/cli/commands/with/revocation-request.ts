/** Reads a request for a revocation from the command line: finds the keys, loads the repository, and plans it. */

import type { LoadedForPublishing } from '../../../client/draft/load.ts';
import { loadForPreview } from '../../../client/preview/preview.ts';
import { stateOf } from '../../../client/preview/published-state.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { certificatesOf } from '../../../client/revoke/certificate-expiry.ts';
import { planRevocation, type RevocationPlan } from '../../../client/revoke/plan.ts';
import { type Refuse, type Revocation, refuseAtOnce } from '../../../client/revoke/planned-roles.ts';
import { signersHere } from '../../../client/revoke/signing-keys-here.ts';
import { stagedKeys } from '../../../client/revoke/staged-keys.ts';
import { describedKey, type FoundKeys, findKeys } from '../../../collaborators/find-keys.ts';
import { nameDefect, normalName } from '../../../collaborators/name-rules.ts';
import type { NameIndex } from '../../../collaborators/names.ts';
import { type CanonicalKeyId, isKeyIdPrefix } from '../../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../crypto/keys/verification-key.ts';
import { shellWord } from '../../../encoding/shell-quote.ts';
import { NotaryError } from '../../../errors.ts';
import type { Finding } from '../../../review/finding.ts';
import type { ShownRevocation } from '../../render/revocation.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { contents } from './dry-run.ts';

export interface RevocationFlags {
  readonly roles: readonly string[] | undefined;
  readonly replace: string;
  readonly 'sign-with': readonly string[] | undefined;
  readonly 'keep-tags-in': string;
  readonly 'drop-tags': boolean;
  readonly 'dry-run': boolean;
  readonly full: boolean;
}

/** What is to be revoked, and what that would come to. */
export interface RevocationRequest {
  readonly collection: RepositoryPorts;
  readonly loaded: LoadedForPublishing;
  readonly revocation: Revocation;
  readonly plan: RevocationPlan;
  readonly index: NameIndex;
  /** Staged changes that would bring the keys back. */
  readonly staged: readonly Finding[];
  readonly shown: Omit<ShownRevocation, 'state'>;
}

/**
 * A look names what the revocation would be refused for among its findings.
 *
 * @throws NotaryError KEY_NOT_IN_ROLE for a name or a prefix that stands for no key; KEY_AMBIGUOUS; every code of
 * `loadForPreview` and `planRevocation`
 */
export async function readRevocation(
  context: CommandContext,
  collection: RepositoryPorts,
  { who, flags }: { readonly who: readonly string[]; readonly flags: RevocationFlags },
): Promise<RevocationRequest> {
  const { gun } = collection;
  const loaded = await loadForPreview(collection, false);
  const state = stateOf(loaded.repo, gun);
  const words = [...who, ...(flags['sign-with'] ?? [])];
  const index = await loadedNames(context, [contents(state)], !words.every(isKeyIdPrefix));
  const here = (await collection.cryptoService.list()).map(({ keyId }) => keyId);
  const found: Holder[] = [];
  for (const word of new Set(who)) found.push(await holderOf({ collection, loaded, index, here }, word));
  const { roles } = flags;
  const refused: Finding[] = [];
  // A look goes on without what a revocation would be refused for, and names it.
  const refuse: Refuse = flags['dry-run'] ? (error) => refused.push(refusal(error)) : refuseAtOnce;
  const replacement = flags.replace === '' ? undefined : await readCertificate(context, flags.replace);
  const listed = new Set([
    ...index.keyIds,
    ...(replacement === undefined ? [] : [canonicalKeyId(replacement)]),
  ]);
  const signWith = (flags['sign-with'] ?? []).flatMap((word) => {
    const keys = keysHere(gun, word, { found: findKeys(word, index, here), here, refuse });
    // A holder may have other keys here, which sign nothing in this collection.
    const fitting = keys.filter((keyId) => listed.has(keyId));
    return fitting.length > 0 ? fitting : keys;
  });
  const revocation: Revocation = {
    ...{ keyIds: [...new Set(found.flatMap(({ keyIds }) => keyIds))], signWith },
    ...(roles !== undefined && roles.length > 0 && { roles }),
    ...(replacement !== undefined && { replacement }),
    ...(flags['keep-tags-in'] !== '' && { lost: 'keep-in-targets' as const }),
    ...(flags['drop-tags'] && { lost: 'drop' as const }),
  };
  const planned = await planRevocation(collection, loaded, revocation, refuse);
  const staged = await stagedKeys(collection, revocation.keyIds);
  const plan = { ...planned, findings: [...refused, ...planned.findings, ...staged] };
  return {
    ...{ collection, loaded, revocation, plan, index, staged },
    shown: {
      ...{
        gun,
        who: found,
        plan,
        names: index,
        full: flags.full,
        choice: revocation.lost,
        only: revocation.roles,
      },
      certificates: certificatesOf(plan.before, revocation.keyIds),
      signersHere: await signersHere(collection, plan),
      trustedUntil: loaded.vouchedUntil,
    },
  };
}

interface Holder {
  readonly who: string;
  readonly keyIds: readonly CanonicalKeyId[];
}

interface Known extends Pick<RevocationRequest, 'collection' | 'loaded' | 'index'> {
  readonly here: readonly CanonicalKeyId[];
}

/** @throws NotaryError KEY_NOT_IN_ROLE */
async function holderOf({ collection, loaded, index, here }: Known, who: string): Promise<Holder> {
  const found = findKeys(who, index, here);
  const gone = found.kind === 'none' ? await formerKeys(collection, loaded, who) : undefined;
  const isListed = gone?.some((keyId) => index.keyIds.includes(keyId)) === true;
  // Who was revoked before is in no role, and a second run has nothing to do.
  if (gone !== undefined && !isListed) return { who, keyIds: gone };
  return { who, keyIds: keysOf(collection.gun, who, found, gone) };
}

/** The keys of the role `targets/NAME`, as docker makes it, from before it was removed. */
async function formerKeys(
  collection: RepositoryPorts,
  { repo, initial }: LoadedForPublishing,
  word: string,
): Promise<readonly CanonicalKeyId[] | undefined> {
  const name = normalName(word);
  if (initial || nameDefect(name) !== undefined) return undefined;
  const { formerRoleKeys } = await import('../../../client/revoke/former-role.ts');
  return formerRoleKeys(collection, repo, `targets/${name}`);
}

/**
 * @param former keys that were once those of the name
 * @throws NotaryError KEY_NOT_IN_ROLE
 */
function keysOf(
  gun: string,
  word: string,
  found: FoundKeys,
  former: readonly CanonicalKeyId[] = [],
): readonly CanonicalKeyId[] {
  if (found.kind !== 'none' && found.keyIds.length > 0) return found.keyIds;
  if (found.kind !== 'none') throw noKeys(gun, word);
  const candidates = found.candidates.map(describedKey);
  const meant =
    former.length > 0
      ? `A role targets/${word} that is gone had ${former.join(', ')}: to revoke that, give the ID.`
      : candidates.length === 0
        ? `Who is there: tsnotary delegation list ${shellWord(gun)} --names`
        : `What a certificate says is no name until it is adopted. What may be meant: ${candidates.join(', ')}. To adopt it: tsnotary collaborator adopt ${shellWord(gun)}`;
  throw new NotaryError('KEY_NOT_IN_ROLE', `${JSON.stringify(word)} stands for no key of ${gun}`, {
    details: { gun, who: word, candidates: found.candidates.map(({ keyId }) => keyId) },
    hint: `Nothing was changed. ${meant}`,
  });
}

/** An entry of the file may be left without keys: then the key that signs is another one. */
function noKeys(gun: string, word: string): NotaryError {
  return new NotaryError('KEY_NOT_IN_ROLE', `${word} has no keys in the file of collaborators`, {
    details: { gun, who: word },
    hint: `Nothing was changed. Who has the keys of the collection: tsnotary delegation list ${shellWord(gun)} --names`,
  });
}

interface Search {
  readonly found: FoundKeys;
  readonly here: readonly CanonicalKeyId[];
  readonly refuse: Refuse;
}

/** The keys of a word that are on this machine. It refuses with KEY_NOT_FOUND where there are none. */
function keysHere(gun: string, word: string, { found, here, refuse }: Search): readonly CanonicalKeyId[] {
  const keyIds = found.kind === 'none' ? [] : found.keyIds.filter((keyId) => here.includes(keyId));
  if (keyIds.length > 0) return keyIds;
  refuse(
    new NotaryError('KEY_NOT_FOUND', `no key of ${JSON.stringify(word)} is here to sign ${gun} again with`, {
      details: { gun, who: word, keys: found.kind === 'none' ? [] : found.keyIds },
      hint: 'Nothing was changed. Which keys are here: tsnotary key list. Their holder can sign instead: tsnotary witness.',
    }),
  );
  return [];
}

/** Why a revocation would change nothing, as a look shows it. */
function refusal({ code, message, details }: NotaryError): Finding {
  const { role } = details;
  return {
    ...{ code, severity: 'error', message, prevents: true },
    ...(typeof role === 'string' && { role }),
  };
}

async function readCertificate(context: CommandContext, path: string): Promise<PublicKey> {
  const { parseDelegationKey } = await import('../../../client/stage/delegation-key-file.ts');
  return parseDelegationKey(path, await context.files.read(path), context);
}
