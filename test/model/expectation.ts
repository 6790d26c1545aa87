/** What a publish must make of what is published: worked out from what was staged, not by the program. */

import type { Content, Listing, Role, RoleFile, View } from './reader.ts';

/** One staged change, as its person meant it. */
export type Op = OpWork & {
  /** True once this machine has seen it taken by the server. */
  taken: boolean;
};

export type OpWork =
  | { readonly op: 'add'; readonly role: string; readonly name: string; readonly sha256: string }
  | { readonly op: 'remove'; readonly role: string; readonly name: string }
  | { readonly op: 'add keys'; readonly role: string; readonly keys: readonly string[] }
  | { readonly op: 'add paths'; readonly role: string; readonly paths: readonly string[] }
  | { readonly op: 'drop keys'; readonly role: string; readonly keys: readonly string[] }
  | { readonly op: 'drop paths'; readonly role: string; readonly paths: readonly string[] }
  | { readonly op: 'drop role'; readonly role: string }
  | { readonly op: 'purge'; readonly keys: readonly string[] }
  | { readonly op: 'witness'; readonly role: string };

/** What has been believed so far, since a role was made last. */
export interface Believed {
  readonly hashes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly last: ReadonlyMap<string, RoleFile>;
  /** Files of roles as they were before they were removed and made again. */
  readonly former: ReadonlySet<string>;
}

export interface Publisher {
  /** The copy of a role in the cache of whoever publishes. */
  cached(role: string): RoleFile | undefined;
  holds(keys: readonly string[]): boolean;
}

export interface Draft {
  /** What the file may say; mostly there is one answer. */
  readonly may: readonly Content[];
  readonly touched: boolean;
  /** Made by this very publish. */
  readonly made: boolean;
  /** Why nothing may be signed in its name. */
  readonly blocked?: string;
}

export interface Expected {
  readonly roles: ReadonlyMap<string, Draft>;
  /** Why this must fail. */
  readonly refusal?: string;
  /** Roles that may go on listing purged keys, if that is said with a code. */
  readonly toBeSaid: readonly (readonly [role: string, keys: readonly string[]])[];
}

const nothing: Content = { targets: new Map(), delegations: new Map() };
export const parentOf = (role: string): string => role.slice(0, role.lastIndexOf('/'));
const isWithin = (role: string, top: string): boolean => role === top || role.startsWith(`${top}/`);

class Refused extends Error {}

/** What lies below a stranger's file is not known any more. */
class Unknown extends Error {}

/** The drafts of one publish. */
class Desk {
  readonly roles = new Map<string, Draft>();
  readonly toBeSaid: (readonly [role: string, keys: readonly string[]])[] = [];
  readonly #publisher: Publisher;
  readonly #before: View;
  /** Roles whose file a stranger has signed. */
  readonly #strangers = new Set<string>();
  /** The keys of `targets`. */
  readonly #owners: readonly string[];

  constructor(before: View, ops: readonly Op[], believed: Believed, publisher: Publisher) {
    this.#publisher = publisher;
    this.#before = before;
    this.#owners = before.roles.get('targets')?.listed.keys ?? [];
    /** Roles whose file says nothing that counts, and those that only such a file lists. */
    const hollow = new Set<string>();
    for (const [role, { standing, file }] of before.roles) {
      const draft = { touched: false, made: false };
      const cached = publisher.cached(role);
      const seen = cached !== undefined && believed.hashes.get(role)?.has(cached.sha256) === true;
      const witnessed = ops.some((op) => op.op === 'witness' && op.role === role);
      if (hollow.has(parentOf(role))) {
        hollow.add(role);
        continue;
      }
      // What this machine has verified and is not served any more, a witness puts back.
      if (file === undefined)
        this.roles.set(role, { ...draft, may: witnessed && cached ? [nothing, cached] : [nothing] });
      else if (standing !== 'unsigned') this.roles.set(role, { ...draft, may: [file] });
      else if (believed.hashes.get(role)?.has(file.sha256) === true) {
        this.roles.set(role, {
          ...{ ...draft, may: [file] },
          ...(!witnessed && { blocked: 'its signers have been taken away and it is not witnessed' }),
        });
      } else if (believed.former.has(file.sha256)) {
        hollow.add(role);
        this.roles.set(role, { ...draft, may: [nothing] });
      } else {
        hollow.add(role);
        this.#strangers.add(role);
        const last = believed.last.get(role);
        this.roles.set(role, { ...draft, may: [...(seen ? [cached] : []), ...(last ? [last] : [])] });
      }
    }
  }

  apply(op: Op): void {
    switch (op.op) {
      case 'add': {
        this.#add(op.role, op.name, op.sha256);
        return;
      }
      case 'remove': {
        this.#remove(op.role, op.name);
        return;
      }
      case 'add keys': {
        this.#list(op.role, true, (old) => ({ ...old, keys: union(old.keys, op.keys) }));
        return;
      }
      case 'add paths':
        if (!op.paths.every((path) => pathsAllow(this.#paths(parentOf(op.role)), path)))
          throw new Refused(`the paths are not within those of ${parentOf(op.role)}`);
        {
          this.#list(op.role, false, (old) => ({ ...old, paths: union(old.paths, op.paths) }));
          return;
        }
      case 'drop keys': {
        this.#list(op.role, false, (old) => ({ ...old, keys: without(old.keys, op.keys) }));
        return;
      }
      case 'drop paths': {
        this.#list(op.role, false, (old) => ({ ...old, paths: without(old.paths, op.paths) }));
        return;
      }
      case 'drop role': {
        this.#drop(op.role);
        return;
      }
      case 'purge': {
        this.#purge(op.keys);
        return;
      }
      case 'witness':
        this.#touch(op.role, (content) => content);
    }
  }

  #draft(role: string): Draft {
    const draft = this.roles.get(role);
    if (draft !== undefined) return draft;
    if ([...this.#strangers].some((top) => isWithin(role, top))) throw new Unknown();
    throw new Refused(`there is no ${role}`);
  }

  #touch(role: string, change: (content: Content) => Content): void {
    const draft = this.#draft(role);
    if (draft.blocked !== undefined) throw new Refused(`${role}: ${draft.blocked}`);
    if (draft.may.length === 0)
      throw new Refused(`${role} is signed by a stranger, and no good copy is known`);
    this.roles.set(role, { ...draft, touched: true, may: draft.may.map(change) });
  }

  #add(role: string, name: string, sha256: string): void {
    const draft = this.#draft(role);
    if (!pathsAllow(this.#paths(role), name)) throw new Refused(`${role} may not sign ${name}`);
    if (draft.may.length > 0 && draft.may.every(({ targets }) => targets.get(name) === sha256)) return;
    this.#touch(role, (content) => ({
      ...content,
      targets: new Map(content.targets).set(name, sha256),
    }));
  }

  #remove(role: string, name: string): void {
    const draft = this.#draft(role);
    if (draft.may.every(({ targets }) => !targets.has(name))) return;
    this.#touch(role, (content) => {
      const targets = new Map(content.targets);
      targets.delete(name);
      return { ...content, targets };
    });
  }

  #list(role: string, make: boolean, change: (old: Listing) => Listing): void {
    const parent = parentOf(role);
    if (this.#listing(role) === undefined) {
      if (!make) throw new Refused(`there is no ${role}`);
      this.roles.set(role, { may: [nothing], touched: false, made: true });
    }
    const fresh: Listing = { keys: [], paths: [], threshold: 1 };
    this.#touch(parent, (content) => ({
      ...content,
      delegations: new Map(content.delegations).set(role, change(content.delegations.get(role) ?? fresh)),
    }));
  }

  #drop(role: string): void {
    if (this.#listing(role) === undefined) return;
    this.#touch(parentOf(role), (content) => {
      const delegations = new Map(content.delegations);
      delegations.delete(role);
      return { ...content, delegations };
    });
    for (const name of [...this.roles.keys()]) if (isWithin(name, role)) this.roles.delete(name);
  }

  #purge(keys: readonly string[]): void {
    for (const [role, draft] of [...this.roles]) {
      if (!draft.may.some((content) => listsAny(content, keys))) continue;
      const signers = role === 'targets' ? this.#owners : (this.#listing(role)?.keys ?? []);
      const able = this.#publisher.holds(signers);
      const readable = draft.blocked === undefined && this.#before.roles.get(role)?.standing !== 'expired';
      if (able && readable) this.#touch(role, (content) => purged(content, keys));
      else {
        this.toBeSaid.push([role, keys]);
        const may = [...draft.may, ...draft.may.map((content) => purged(content, keys))];
        this.roles.set(role, { ...draft, may });
      }
    }
  }

  #listing(role: string): Listing | undefined {
    return this.roles.get(parentOf(role))?.may[0]?.delegations.get(role);
  }

  #paths(role: string): readonly string[] {
    if (role === 'targets') return [''];
    const above = this.#paths(parentOf(role));
    return (this.#listing(role)?.paths ?? []).filter((path) => pathsAllow(above, path));
  }
}

const pathsAllow = (paths: readonly string[], name: string): boolean =>
  paths.some((path) => name.startsWith(path));
const union = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])].sort();
const without = (one: readonly string[], other: readonly string[]) =>
  one.filter((item) => !other.includes(item));

function purged(content: Content, keys: readonly string[]): Content {
  const left = [...content.delegations].map(
    ([role, listed]) => [role, { ...listed, keys: without(listed.keys, keys) }] as const,
  );
  return { ...content, delegations: new Map(left) };
}

/** What must be published when these changes meet this state. */
export function expected(
  before: View,
  ops: readonly Op[],
  believed: Believed,
  publisher: Publisher,
): Expected {
  const desk = new Desk(before, ops, believed, publisher);
  const { roles, toBeSaid } = desk;
  try {
    for (const op of ops) desk.apply(op);
    return { roles, toBeSaid };
  } catch (error) {
    if (error instanceof Unknown) return { roles: new Map(), toBeSaid: [] };
    if (error instanceof Refused) return { roles, toBeSaid, refusal: error.message };
    throw error;
  }
}

/** What two files say, for comparing: versions, times and signatures aside. */
export function told({ targets, delegations }: Content): string {
  const names = [...targets].sort(([one], [other]) => (one < other ? -1 : 1));
  const lists = [...delegations]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([role, { keys, paths, threshold }]) => [
      role,
      keys.map((key) => key.slice(0, 7)),
      paths,
      threshold,
    ]);
  return JSON.stringify({
    targets: Object.fromEntries(names.map(([name, sha256]) => [name, sha256.slice(0, 7)])),
    delegations: lists,
  });
}

/** A difference between what was expected and what is served: its kind, and what it is. */
export interface Difference {
  readonly kind: string;
  readonly message: string;
}

const leap = 20;

export function differences(
  before: View,
  after: View,
  { roles, refusal, toBeSaid }: Expected,
  believed: Believed,
): readonly Difference[] {
  if (refusal !== undefined)
    return [{ kind: 'not refused', message: `should have been refused: ${refusal}` }];
  const unsaid = toBeSaid
    .filter(([role, keys]) => listsAny(after.roles.get(role)?.file, keys))
    .map(([role]) => ({ kind: 'not said', message: `${role} goes on listing a key that was purged` }));
  const other = [...roles].flatMap(([role, draft]) => {
    const served = after.roles.get(role);
    if (served === undefined) return [{ kind: 'role lost', message: `${role} is not listed any more` }];
    const old = before.roles.get(role);
    const content = contentDifference(role, draft, served, old);
    return [
      ...content,
      ...signingDifference(role, draft, served),
      ...leaps(role, draft, served, old, believed),
    ];
  });
  return [...unsaid, ...other];
}

function contentDifference(
  role: string,
  { may, made, touched }: Draft,
  { file }: Role,
  old: Role | undefined,
): readonly Difference[] {
  const unchanged = !touched && file !== undefined && file.sha256 === old?.file?.sha256;
  const now = told(file ?? nothing);
  const wanted = may.map(told);
  if (unchanged || wanted.includes(now)) return [];
  const isGone = ([name]: readonly [string, string]) => file?.targets.has(name) !== true;
  const lost = may.every(({ targets }) => [...targets].some(isGone));
  const kind = made ? 'came back' : lost ? 'tags lost' : 'other content';
  return [{ kind, message: `${role} says ${now} in place of ${wanted.join(' or ') || 'nothing'}` }];
}

function signingDifference(role: string, { may, touched }: Draft, served: Role): readonly Difference[] {
  const { standing, file } = served;
  const isEmpty = file === undefined && may.some((content) => told(content) === told(nothing));
  if (!touched || standing === 'good' || isEmpty) return [];
  return [{ kind: 'not signed', message: `${role} was to be signed and is ${standing}` }];
}

/** Versions go up by small steps, whatever numbers a server has made up. */
function leaps(
  role: string,
  { made, touched }: Draft,
  { file }: Role,
  old: Role | undefined,
  believed: Believed,
): readonly Difference[] {
  const published = old?.standing === 'unsigned' ? 0 : (old?.file?.version ?? 0);
  const seen = Math.max(believed.last.get(role)?.version ?? 0, published);
  const version = file?.version ?? 0;
  if (made || !touched || seen === 0 || version <= seen + leap) return [];
  return [{ kind: 'version leap', message: `${role} went from version ${seen} to ${version}` }];
}

function listsAny(content: Content | undefined, keys: readonly string[]): boolean {
  return [...(content?.delegations.values() ?? [])].some((listed) =>
    listed.keys.some((key) => keys.includes(key)),
  );
}
