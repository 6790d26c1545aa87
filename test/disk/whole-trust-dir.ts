/**
 * Is a trust directory whole? Asked without any of the program's own code: node:crypto, and what is known of
 * Notary's files.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  verify,
  X509Certificate,
} from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Wholeness {
  /** What is wrong, a line each; empty when the directory is whole. */
  readonly faults: readonly string[];
  /** Files that wait to take the place of others; nobody minds them until the next write. */
  readonly leftovers: readonly string[];
  /** IDs of the private keys that open with one of the passphrases. */
  readonly keyIds: readonly string[];
  /** Names of the change files. */
  readonly changes: readonly string[];
}

export interface Expectation {
  readonly passphrases: readonly string[];
  /** SHA-256 of metadata files that are good whatever they hold: those that somebody has published. */
  readonly published?: ReadonlySet<string>;
}

interface Findings {
  readonly faults: string[];
  readonly leftovers: string[];
  readonly keyIds: string[];
  readonly changes: string[];
}

/** Temporary files, the lock of who publishes, the records of a rotation and of an upload that have begun. */
const waiting = /^\.(.+\.tmp|publish\.lock(\.clearing)?|rotate-(root|targets|snapshot)\.json|upload\.json)$/;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Notary's ID of an EC key. */
export function keyIdOf(key: string | KeyObject): string {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
  return sha256(Buffer.from(`{"keytype":"ecdsa","keyval":{"private":null,"public":"${spki}"}}`));
}

/** Names and contents of all that is below a directory, as one hash. */
export function fingerprintOf(folder: string): string {
  if (!existsSync(folder)) return 'nothing';
  const names = readdirSync(folder, {
    recursive: true,
    encoding: 'utf8',
  }).sort();
  const parts = names.map((name) => {
    const path = join(folder, name);
    return `${name} ${lstatSync(path).isFile() ? sha256(readFileSync(path)) : 'folder'}`;
  });
  return sha256(Buffer.from(parts.join('\n')));
}

/** Looks at every entry of a trust directory. */
export function inspect(trustDir: string, expectation: Expectation): Wholeness {
  const found: Findings = {
    faults: [],
    leftovers: [],
    keyIds: [],
    changes: [],
  };
  if (!existsSync(trustDir)) return found;
  for (const entry of readdirSync(trustDir, {
    recursive: true,
    withFileTypes: true,
  })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(trustDir.length + 1);
    try {
      inspectEntry(path, name, trustDir, expectation, found);
    } catch (error) {
      found.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

function inspectEntry(
  path: string,
  name: string,
  trustDir: string,
  expectation: Expectation,
  found: Findings,
): void {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o777).toString(8);
  if (stats.isDirectory()) {
    if (mode !== '700') throw new Error(`folder of mode ${mode}`);
    if (!/^(private|tuf)(\/|$)/.test(name)) throw new Error('unknown folder');
    return;
  }
  if (!stats.isFile()) throw new Error('not a regular file');
  // Between its making and the next step a file has what the umask leaves of 0600.
  if (mode !== '600') throw new Error(`file of mode ${mode}`);
  if (waiting.test(basename(name))) found.leftovers.push(name);
  else if (/^private\/[0-9a-f]{64}\.key$/.test(name)) found.keyIds.push(keyIn(path, expectation));
  else if (/^tuf\/.+\/changelist\/[0-9a-f_-]+\.change$/.test(name)) {
    checkChange(readFileSync(path, 'utf8'));
    found.changes.push(basename(name));
  } else if (/^tuf\/.+\/metadata\/[a-z0-9_/-]+\.json$/.test(name)) {
    checkMetadata(path, /^(tuf\/.+?\/metadata)\/(.+)\.json$/.exec(name), trustDir, expectation);
  } else throw new Error('unknown file');
}

/** Opens a key file; the key must be the one that the file is named after. */
function keyIn(path: string, { passphrases }: Expectation): string {
  // OpenSSL knows no headers such as Notary's `role: root` in a PEM block.
  const pem = readFileSync(path, 'utf8').replace(/^[\w-]+: .*\n/gm, '');
  if (!/\n-----END [A-Z ]+-----\n$/.test(pem)) throw new Error('the PEM block has no end');
  for (const passphrase of passphrases) {
    let key: KeyObject;
    try {
      key = createPrivateKey({ key: pem, passphrase });
    } catch {
      continue;
    }
    const id = keyIdOf(key);
    if (id !== basename(path, '.key')) throw new Error(`holds the key ${id}`);
    return id;
  }
  throw new Error('no passphrase opens it');
}

function checkChange(text: string): void {
  const change = JSON.parse(text) as Record<string, unknown>;
  for (const member of ['action', 'role', 'type', 'path']) {
    if (typeof change[member] !== 'string') throw new Error(`a change without ${member}`);
  }
}

interface Envelope {
  readonly signed: {
    readonly keys?: Readonly<Record<string, { readonly keyval: { readonly public: string } }>>;
    readonly roles?: Readonly<Record<string, { readonly keyids: readonly string[] }>>;
  };
  readonly signatures: readonly {
    readonly keyid: string;
    readonly sig: string;
  }[];
}

/** A file that nobody has published must verify with the root beside it, or by itself if it is one. */
function checkMetadata(
  path: string,
  place: RegExpExecArray | null,
  trustDir: string,
  { published }: Expectation,
): void {
  const [, folder = '', role = ''] = place ?? [];
  const bytes = readFileSync(path);
  if (published?.has(sha256(bytes)) === true) return;
  const text = bytes.toString();
  const envelope = JSON.parse(text) as Envelope;
  const signed = /^\{"signed":(\{.*\}),"signatures":\[.*\]\}\s*$/s.exec(text)?.[1];
  if (signed === undefined) throw new Error('not an envelope');
  const rootPath = join(trustDir, folder, 'root.json');
  // Before the root is there, nothing else counts for anything.
  if (role !== 'root' && lstatSync(rootPath, { throwIfNoEntry: false })?.isFile() !== true) return;
  const root = role === 'root' ? envelope : (JSON.parse(readFileSync(rootPath, 'utf8')) as Envelope);
  const ids = root.signed.roles?.[role]?.keyids ?? [];
  const good = envelope.signatures.some(({ keyid, sig }) => {
    const value = ids.includes(keyid) ? root.signed.keys?.[keyid]?.keyval.public : undefined;
    return (
      value !== undefined &&
      verify(
        'sha256',
        Buffer.from(signed),
        { key: publicKey(value), dsaEncoding: 'ieee-p1363' },
        Buffer.from(sig, 'base64'),
      )
    );
  });
  if (!good) throw new Error('no good signature');
}

function publicKey(base64: string): KeyObject {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('latin1').startsWith('-----BEGIN CERTIFICATE'))
    return new X509Certificate(bytes).publicKey;
  return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
}
