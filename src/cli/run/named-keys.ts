/** Turns the names and the prefixes of key IDs on a command line into full key IDs. */

import type { FoundKeys } from '../../collaborators/find-keys.ts';
import type { KnownKeys } from '../../composition/known-keys.ts';
import { isKeyId } from '../../crypto/keys/key-id.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { parseGun } from '../../metadata/gun.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { CommandContext } from '../spec/command-context.ts';

export interface NamedKeysOptions {
  /** The GUN whose delegations are looked at; undefined for those of all. */
  readonly gun?: string;
  /** Of the keys of a name only those that are on this machine. */
  readonly here?: boolean;
  /** The command asks the server anyway: names are those of what is published, not of what an earlier update left. */
  readonly current?: boolean;
}

/**
 * Full key IDs in place of names and of prefixes; a word that stands for no key stays as it is, so that the command
 * does with it what Notary 0.7.0 does. Where every word is a full ID, nothing is loaded and nothing read.
 *
 * @throws NotaryError KEY_AMBIGUOUS, COLLABORATORS_INVALID, FILE_UNREADABLE, INVALID_METADATA; every code of an update, when the server is asked
 */
export async function namedKeys(
  context: CommandContext,
  words: readonly string[],
  { gun, here = false, current = false }: NamedKeysOptions = {},
): Promise<readonly string[]> {
  if (words.every((word) => isKeyId(word))) return words;
  const { findKeys } = await import('../../collaborators/find-keys.ts');
  const fetched = gun !== undefined && current ? await published(context, gun) : undefined;
  const known = await knownTo(context, gun, fetched);
  const local = new Set(known.privateKeyIds);
  const ids = new Set<string>();
  for (const word of words) {
    const found = isKeyId(word) ? undefined : findKeys(word, known.names, known.privateKeyIds);
    for (const id of found === undefined ? [word] : idsFor(word, found, known, here ? local : undefined))
      ids.add(id);
    if (found?.kind === 'none') sayCandidates(context, word, found);
    if (found?.kind === 'none' && gun !== undefined && known.withoutMetadata) sayUnknown(context, word, gun);
  }
  return [...ids];
}

function idsFor(
  word: string,
  found: FoundKeys,
  { names, privateKeyIds }: KnownKeys,
  local: ReadonlySet<string> | undefined,
): readonly string[] {
  if (found.kind === 'none') return [word];
  if (found.kind === 'full') {
    // In capitals: the ID of a key that is known, or a word like any other.
    const isKnown = found.keyIds.some((id) => names.keyIds.includes(id) || privateKeyIds.includes(id));
    return isKnown ? found.keyIds : [word];
  }
  const fitting = found.keyIds.filter((id) => found.kind !== 'name' || (local?.has(id) ?? true));
  return fitting.length > 0 ? fitting : [word];
}

/** The one key on this machine that a word stands for. @throws NotaryError as `namedKeys`, KEY_AMBIGUOUS for several */
export async function namedKeyHere(context: CommandContext, word: string): Promise<string> {
  const ids = await namedKeys(context, [word], { here: true });
  const [id, ...others] = ids;
  if (id !== undefined && others.length === 0) return id;
  const { NotaryError } = await import('../../errors.ts');
  throw new NotaryError(
    'KEY_AMBIGUOUS',
    `${word} has ${ids.length} keys on this machine: ${ids.join(', ')}`,
    {
      details: { key: word, candidates: ids.map((keyId) => ({ keyId, collaborator: word })) },
      hint: 'Give the ID of one of them.',
    },
  );
}

async function knownTo(
  context: CommandContext,
  gun: string | undefined,
  fetched?: ReadonlyMap<string, Targets>,
): Promise<KnownKeys> {
  const { knownKeys } = await import('../../composition/known-keys.ts');
  const ports = {
    held: await context.openHeldNames(),
    collaborators: await context.openCollaborators(),
    log: context.log,
  };
  return knownKeys(ports, gun === undefined ? undefined : parseGun(gun), fetched);
}

/** By role, what the server has; undefined for a collection that is not published yet. */
async function published(
  context: CommandContext,
  gun: string,
): Promise<ReadonlyMap<string, Targets> | undefined> {
  const { isNotaryError } = await import('../../errors.ts');
  const { readDelegations } = await import('../../client/read/list-delegations.ts');
  const collection = await context.openRepository(gun, 'pull', 'read-only');
  try {
    return (await readDelegations(collection)).contents;
  } catch (error) {
    if (!isNotaryError(error, 'REPOSITORY_NOT_EXIST')) throw error;
    return undefined;
  }
}

/** What the word is then taken for is refused by the command when strict. */
function sayUnknown({ log }: CommandContext, word: string, gun: string): void {
  const said = JSON.stringify(word);
  const unknown = `no metadata of ${gun} is here, so that ${said} stands for no key: give a full key ID, or run "tsnotary delegation list ${shellWord(gun)}" first`;
  log.info(unknown, 'NAME_UNKNOWN');
}

/** A name of a certificate is its maker's word, and stands for no key until it has been adopted. */
function sayCandidates(
  context: CommandContext,
  word: string,
  { candidates }: FoundKeys & { kind: 'none' },
): void {
  for (const { keyId } of candidates)
    context.log.warn(
      `${JSON.stringify(word)} is only the name in the certificate of the key ${keyId}; "tsnotary collaborator add" or "adopt" makes it one that counts`,
      'NAME_NOT_ADOPTED',
    );
}
