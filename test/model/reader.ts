/**
 * A reader that shares no code with the program: plain JSON and Node's own cryptography. What it says of the
 * files that a server serves is what the tester takes for true.
 */

import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';

/** Fetches a resource (`timestamp`, `targets.<sha256>`); undefined when the server does not have it. */
export type Fetch = (resource: string) => Promise<Uint8Array | undefined>;

export interface Listing {
  /** Canonical key IDs, sorted. */
  readonly keys: readonly string[];
  /** Sorted. */
  readonly paths: readonly string[];
  readonly threshold: number;
}

/** What a targets file says, whoever signed it. */
export interface Content {
  /** Name to lower-case hex SHA-256. */
  readonly targets: ReadonlyMap<string, string>;
  /** In the order of the file. */
  readonly delegations: ReadonlyMap<string, Listing>;
}

export interface RoleFile extends Content {
  /** Of the bytes, lower-case hex. */
  readonly sha256: string;
  readonly version: number;
  /** Milliseconds. */
  readonly expires: number;
}

export type Standing =
  /** Signed by keys that are listed, and not expired. */
  | 'good'
  | 'expired'
  /** Signed by no key that is listed. */
  | 'unsigned'
  /** Listed, but there is no file. */
  | 'absent';

export interface Role {
  readonly listed: Listing;
  readonly standing: Standing;
  readonly file: RoleFile | undefined;
  /** Every role above is good. */
  readonly reachable: boolean;
}

export interface View {
  readonly rootVersion: number;
  readonly snapshotVersion: number;
  /** Base role to canonical key IDs. */
  readonly baseKeys: ReadonlyMap<string, readonly string[]>;
  /** `targets` and each role that a file lists, reachable or not. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Roles that the snapshot names. */
  readonly named: ReadonlySet<string>;
  /** What readers find under a name. */
  readonly visible: ReadonlyMap<string, { readonly role: string; readonly sha256: string }>;
}

type Json = { readonly [name: string]: Json } | readonly Json[] | string | number | boolean | null;
type Fields = Readonly<Record<string, Json>>;

const fields = (value: Json | undefined): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value as Fields;
};
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const text = (value: Json | undefined): string => {
  if (typeof value !== 'string') throw new Error('not a text');
  return value;
};
const texts = (value: Json | undefined): string[] => list(value).map(text);

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Member names sorted, nothing between tokens: what is signed. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${(value as Json[]).map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

interface Key {
  /** The ID of the bare key, also of one that stands there as a certificate. */
  readonly id: string;
  readonly object: KeyObject;
  readonly ed25519: boolean;
}

const spkiOfEd25519 = Buffer.from('302a300506032b6570032100', 'hex');
const keys = new Map<string, Key>();

function keyOf(entry: Fields): Key {
  const type = text(entry['keytype']);
  const value = text(fields(entry['keyval'])['public']);
  const known = keys.get(type + value);
  if (known !== undefined) return known;
  const bytes = Buffer.from(value, 'base64');
  const ed25519 = type === 'ed25519';
  const object = type.endsWith('-x509')
    ? new X509Certificate(bytes).publicKey
    : createPublicKey({
        key: ed25519 ? Buffer.concat([spkiOfEd25519, bytes]) : bytes,
        format: 'der',
        type: 'spki',
      });
  const bare = ed25519 ? value : object.export({ type: 'spki', format: 'der' }).toString('base64');
  const id = sha256Hex(
    canonical({ keytype: type.replace('-x509', ''), keyval: { private: null, public: bare } }),
  );
  const key = { id, object, ed25519 };
  keys.set(type + value, key);
  return key;
}

interface Signers {
  /** By the ID under which signatures name them. */
  readonly keys: ReadonlyMap<string, Key>;
  readonly threshold: number;
}

function signersOf(listed: Fields, ids: readonly string[], threshold: Json | undefined): Signers {
  const found = ids.flatMap((id) => {
    const entry = listed[id];
    return entry === undefined ? [] : [[id, keyOf(fields(entry))] as const];
  });
  return { keys: new Map(found), threshold: Number(threshold) };
}

interface Document {
  readonly signed: Fields;
  readonly message: Buffer;
  readonly signatures: readonly Fields[];
  readonly sha256: string;
}

const parsed = new Map<string, Document>();

/** Most files are met again and again. */
function parse(bytes: Uint8Array): Document {
  const sha256 = sha256Hex(bytes);
  const known = parsed.get(sha256) ?? parseAnew(bytes, sha256);
  if (parsed.size > 5000) parsed.clear();
  parsed.set(sha256, known);
  return known;
}

function parseAnew(bytes: Uint8Array, sha256: string): Document {
  const { signed, signatures } = fields(JSON.parse(Buffer.from(bytes).toString('utf8')) as Json);
  return {
    signed: fields(signed),
    message: Buffer.from(canonical(signed ?? null)),
    signatures: list(signatures).map(fields),
    sha256,
  };
}

/** Signatures that were looked at before: histories of one beginning share most of them. */
const verdicts = new Map<string, boolean>();

function isSigned({ message, signatures }: Document, { keys: listed, threshold }: Signers): boolean {
  const good = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const key = listed.get(text(keyid));
    if (key === undefined) continue;
    const question = `${key.id} ${text(sig)} ${sha256Hex(message)}`;
    const verdict = verdicts.get(question) ?? verifies(key, message, Buffer.from(text(sig), 'base64'));
    verdicts.set(question, verdict);
    if (verdict) good.add(key.id);
  }
  return threshold > 0 && good.size >= threshold;
}

function verifies({ ed25519, object }: Key, message: Buffer, signature: Buffer): boolean {
  return ed25519
    ? verify(null, message, object, signature)
    : verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature);
}

const expiryOf = ({ signed }: Document): number => Date.parse(text(signed['expires']));

function contentOf({ signed, sha256 }: Document): RoleFile & { readonly signers: Map<string, Signers> } {
  const targets = Object.entries(fields(signed['targets'])).map(([name, meta]) => {
    const hash = Buffer.from(text(fields(fields(meta)['hashes'])['sha256']), 'base64').toString('hex');
    return [name, hash] as const;
  });
  const { keys: listed = {}, roles } = fields(signed['delegations']);
  const delegations = new Map<string, Listing>();
  const signers = new Map<string, Signers>();
  for (const role of list(roles).map(fields)) {
    const name = text(role['name']);
    const own = signersOf(fields(listed), texts(role['keyids']), role['threshold']);
    signers.set(name, own);
    delegations.set(name, {
      keys: [...own.keys.values()].map(({ id }) => id).sort(),
      paths: texts(role['paths']).sort(),
      threshold: own.threshold,
    });
  }
  return {
    ...{ targets: new Map(targets), delegations, signers, sha256 },
    ...{ version: Number(signed['version']), expires: expiryOf({ signed } as Document) },
  };
}

/** What a targets file says; undefined when it cannot be read at all. */
export function contentOfBytes(bytes: Uint8Array): RoleFile | undefined {
  try {
    return contentOf(parse(bytes));
  } catch {
    return undefined;
  }
}

function baseSigners(root: Document, role: string): Signers {
  const { keyids, threshold } = fields(fields(root.signed['roles'])[role]);
  return signersOf(fields(root.signed['keys']), texts(keyids), threshold);
}

/** The hash by which one file names another. */
function namedHash(file: Document, role: string): string | undefined {
  const meta = fields(file.signed['meta'])[role];
  if (meta === undefined) return undefined;
  return Buffer.from(text(fields(fields(meta)['hashes'])['sha256']), 'base64').toString('hex');
}

async function base(
  get: Fetch,
  resource: string,
  role: string,
  trusted: Signers,
  now: number,
): Promise<Document> {
  const bytes = await get(resource);
  if (bytes === undefined) throw new Error(`there is no ${role}`);
  const file = parse(bytes);
  if (!isSigned(file, trusted)) throw new Error(`${role} is not signed by its keys`);
  if (!(expiryOf(file) >= now)) throw new Error(`${role} has expired`);
  return file;
}

/**
 * Everything that somebody without a cache gets to see at a time.
 *
 * @throws Error when the base roles are not in order: then nothing is to be seen
 */
export async function view(get: Fetch, now: number): Promise<View> {
  const bytes = await get('root');
  if (bytes === undefined) throw new Error('there is no root');
  const root = parse(bytes);
  const trusted = (role: string) => baseSigners(root, role);
  if (!isSigned(root, trusted('root'))) throw new Error('root is not signed by its keys');
  if (!(expiryOf(root) >= now)) throw new Error('root has expired');
  const timestamp = await base(get, 'timestamp', 'timestamp', trusted('timestamp'), now);
  const snapshotName = `snapshot.${namedHash(timestamp, 'snapshot') ?? ''}`;
  const snapshot = await base(get, snapshotName, 'snapshot', trusted('snapshot'), now);
  if (namedHash(snapshot, 'root') !== root.sha256) throw new Error('the snapshot names another root');
  const name = `targets.${namedHash(snapshot, 'targets') ?? ''}`;
  const targets = contentOf(await base(get, name, 'targets', trusted('targets'), now));
  const baseKeys = ['root', 'targets', 'snapshot', 'timestamp'].map(
    (role) => [role, [...trusted(role).keys.values()].map(({ id }) => id).sort()] as const,
  );
  const roles = new Map<string, Role>();
  const top = { keys: baseKeys[1]?.[1] ?? [], paths: [''], threshold: 1 };
  roles.set('targets', { listed: top, standing: 'good', file: targets, reachable: true });
  await addDelegations(get, snapshot, roles, targets, true, now);
  return {
    rootVersion: Number(root.signed['version']),
    snapshotVersion: Number(snapshot.signed['version']),
    baseKeys: new Map(baseKeys),
    named: new Set(Object.keys(fields(snapshot.signed['meta']))),
    ...{ roles, visible: visibleIn(roles) },
  };
}

async function addDelegations(
  get: Fetch,
  snapshot: Document,
  roles: Map<string, Role>,
  parent: ReturnType<typeof contentOf>,
  reachable: boolean,
  now: number,
): Promise<void> {
  for (const [role, listed] of parent.delegations) {
    const hash = namedHash(snapshot, role);
    const bytes = hash === undefined ? undefined : await get(`${role}.${hash}`);
    if (bytes === undefined) {
      roles.set(role, { listed, standing: 'absent', file: undefined, reachable });
      continue;
    }
    const document = parse(bytes);
    const signers = parent.signers.get(role);
    const signed = signers !== undefined && isSigned(document, signers);
    const standing = signed ? (expiryOf(document) >= now ? 'good' : 'expired') : 'unsigned';
    const file = contentOf(document);
    roles.set(role, { listed, standing, file, reachable });
    await addDelegations(get, snapshot, roles, file, reachable && standing === 'good', now);
  }
}

/** Breadth first in the order of the lists; each name where it is met first; prefixes cut down by each parent's. */
function visibleIn(roles: ReadonlyMap<string, Role>): View['visible'] {
  const visible = new Map<string, { role: string; sha256: string }>();
  const queue: { role: string; paths: readonly string[] }[] = [{ role: 'targets', paths: [''] }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { role, paths } = next;
    const { standing, file } = roles.get(role) ?? {};
    if (standing !== 'good' || file === undefined) continue;
    for (const [name, sha256] of file.targets) {
      if (visible.has(name) || !paths.some((path) => name.startsWith(path))) continue;
      visible.set(name, { role, sha256 });
    }
    for (const [child, listed] of file.delegations) {
      queue.push({
        role: child,
        paths: listed.paths.filter((path) => paths.some((prefix) => path.startsWith(prefix))),
      });
    }
  }
  return visible;
}
