/**
 * Finds the names that complete a word in what this machine holds: the trust directory and its staged changes. It asks
 * no server, verifies nothing and changes nothing; whatever cannot be read has no names.
 */

import { parseChange } from '../../changelist/change.ts';
import { cachedRoles } from '../../client/read/cached-roles.ts';
import { loadCollaborators } from '../../collaborators/load-file.ts';
import { collaboratorsStore } from '../../composition/collaborators.ts';
import { type HeldNames, openHeldNames } from '../../composition/held-names.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { isNotaryError } from '../../errors.ts';
import { parseGun } from '../../metadata/gun.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { Log } from '../../ports/log.ts';
import { collectTargets } from '../../tuf/target-walk.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { absentFlagValue } from '../args/flag-values.ts';
import { collaboratorsPath } from '../config/collaborators-path.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';
import { type GlobalValues, globalFlags } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import type { Candidate } from './candidates.ts';
import type { NameKind, WantedName } from './wanted-name.ts';

/** A shell that shows more is of no help, and slow. */
const maxCandidates = 1000;
/** Bytes of a metadata file; reading more takes longer than a person waits. */
const maxFile = 16 * 1024 * 1024;

const ignore = () => undefined;
const silent: Log = { debug: ignore, info: ignore, notice: ignore, warn: ignore, error: ignore };

/** The candidates for a name, sorted; none where more than a thousand would do. Never throws a `NotaryError`. */
export async function heldCandidates(wanted: WantedName, system: System): Promise<readonly Candidate[]> {
  const { kind, start, before, listed, args } = wanted;
  const found = await orNothing(new Map<string, string>(), async () => {
    const globals = globalsOf(wanted, system);
    const config = await loadConfig(system, globals, silent);
    const names = namedKinds.includes(kind) ? await collaboratorNames(system, config, globals) : named([]);
    if (kind === 'collaborator') return names;
    const held = openHeldNames(config.trustDir, system.clock, silent);
    return new Map([...names, ...(await namesOf(kind, held, args))]);
  });
  const given = new Set([...args, ...before.split(',')]);
  const fitting = [...found].filter(
    ([name]) => name.startsWith(start) && !given.has(name) && isTypable(name, listed),
  );
  if (fitting.length > maxCandidates) return [];
  return fitting
    .sort(([one], [other]) => compareUtf8(one, other))
    .map(([name, description]) => ({ text: before + name, description: escapeForTerminal(description) }));
}

/**
 * True for a name that stands on one line as it is, and that the command line takes as it is: no invisible or moving
 * characters, no dash in front, no comma in a list.
 */
function isTypable(name: string, listed: boolean): boolean {
  if (name === '' || name.startsWith('-') || (listed && /[,"]/.test(name))) return false;
  return escapeForTerminal(name) === name;
}

/** The global flags that are on the command line, with `~/` as the shell would have it. */
function globalsOf({ settings }: WantedName, { environment }: System): GlobalValues {
  const given = new Map(settings.map(({ name, value }) => [name, value]));
  const home = environment.get('HOME') ?? '';
  const path = (value: string) => (value.startsWith('~/') ? home + value.slice(1) : value);
  const values = Object.entries(globalFlags).map(([name, { type }]) => {
    const value = type === 'string' ? given.get(name) : undefined;
    return [name, value === undefined ? absentFlagValue(type, undefined) : path(value)];
  });
  return Object.fromEntries(values) as GlobalValues;
}

/** Where the name of a collaborator may stand. */
const namedKinds: readonly NameKind[] = ['collaborator', 'key', 'signer'];

async function collaboratorNames(system: System, config: Config, globals: GlobalValues): Promise<Names> {
  const store = collaboratorsStore(system.files, collaboratorsPath(system.files, config, globals));
  const file = await orNothing(undefined, () => loadCollaborators(store));
  return new Map(
    [...(file?.collaborators.values() ?? [])].map(({ name, keys }) => [
      name,
      keys.length === 1 ? '1 key' : `${keys.length} keys`,
    ]),
  );
}

/** Names with what they are. */
type Names = ReadonlyMap<string, string>;

async function namesOf(
  kind: Exclude<NameKind, 'collaborator'>,
  held: HeldNames,
  args: readonly string[],
): Promise<Names> {
  if (kind === 'gun') return named((await held.metadata.files()).map(({ gun }) => gun));
  if (kind === 'base role') return named(baseRoles);
  if (kind === 'key role') return named(['root', 'targets', 'snapshot', 'delegation']);
  if (kind === 'key')
    return new Map((await held.keys()).map(({ keyId, role, gun }) => [keyId, `${role} ${gun}`.trim()]));
  const [gun = '', role = ''] = args;
  const collection = await heldCollection(held, gun);
  if (kind === 'target') return targetNames(collection);
  if (kind === 'signer') return signerNames(collection, role);
  const delegations = delegationNames(collection);
  return kind === 'delegation' || collection.roles.size === 0
    ? delegations
    : new Map([['targets', ''], ...delegations]);
}

const named = (names: readonly string[]): Names => new Map(names.map((name) => [name, '']));

interface HeldCollection {
  readonly roles: ReadonlyMap<string, Targets>;
  /** Scope, type and path of what is staged to be made. */
  readonly staged: readonly { readonly scope: string; readonly type: string; readonly path: string }[];
}

async function heldCollection(held: HeldNames, name: string): Promise<HeldCollection> {
  const gun = parseGun(name);
  const { roles } = await cachedRoles(held.cacheOf(gun), maxFile);
  const staged = await orNothing([], async () =>
    (await held.changesOf(gun).list()).map(({ bytes }) => parseChange(bytes)),
  );
  return { roles, staged: staged.filter(({ action }) => action === 'create') };
}

function targetNames({ roles, staged }: HeldCollection): Names {
  const names = new Map(collectTargets(roles, []).map(({ name, role }) => [name, role]));
  for (const { type, path, scope } of staged) if (type === 'target') names.set(path, `staged for ${scope}`);
  return names;
}

function delegationNames({ roles, staged }: HeldCollection): Names {
  const names = new Map<string, string>();
  for (const { type, scope } of staged) if (type === 'delegation') names.set(scope, 'staged');
  for (const { delegations } of roles.values()) {
    for (const { name, keyIds } of delegations.roles)
      names.set(name, keyIds.length === 1 ? '1 key' : `${keyIds.length} keys`);
  }
  return names;
}

/** @param role the only delegation that counts; empty for all */
function signerNames({ roles }: HeldCollection, role: string): Names {
  const names = new Map<string, string>();
  for (const { delegations } of roles.values()) {
    for (const { name, keyIds } of delegations.roles) {
      if (role !== '' && name !== role) continue;
      for (const id of keyIds) {
        const key = delegations.keys.get(id);
        if (key === undefined) continue;
        const canonical = canonicalIdOr(id, key);
        names.set(canonical, [names.get(canonical) ?? [], name].flat().join(', '));
      }
    }
  }
  return names;
}

async function orNothing<Result>(nothing: Result, attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return nothing;
  }
}
