/** Writes metadata as a client would, sound by default, with a handle on everything that can be wrong. */

import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import type { ListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey, type PrivateKey, sign } from '../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { rootToJson } from '../../src/metadata/root.ts';
import { buildEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import { snapshotToJson } from '../../src/metadata/snapshot.ts';
import { type DelegationRole, targetsToJson } from '../../src/metadata/targets.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { seededRandom } from './memory-ports.ts';

export const future = '2049-01-01T00:00:00Z';
export const past = '2020-01-01T00:00:00Z';

/** A private key under the entry that metadata has of it. */
export interface Signer {
  readonly id: ListedKeyId;
  readonly entry: PublicKey;
  readonly key: PrivateKey;
}

export function plainSigner(key: PrivateKey = generateEcdsaKey()): Signer {
  return { id: keyId(key.publicKey), entry: key.publicKey, key };
}

/** A key with a certificate of its own. */
export function certifiedSigner(commonName: string, now: Date, key: PrivateKey = generateEcdsaKey()): Signer {
  return signerWith(createRootCertificate(key, commonName, now, seededRandom(commonName)), key);
}

/** A key with the certificate given as PEM text. */
export function signerWith(pem: string, key: PrivateKey): Signer {
  const entry = certificateKey('ecdsa', pem);
  return { id: keyId(entry), entry, key };
}

/** A file: the content, signed by all signers. */
export function sealed(signed: JsonObject, ...signers: readonly Signer[]): Uint8Array {
  const message = signedMessage(signed);
  return buildEnvelope(
    signed,
    signers.map(({ id, key }) => ({ keyId: id, ...sign(key, message) })),
  ).bytes;
}

export interface RootOptions {
  readonly version?: number;
  readonly expires?: string;
  readonly root: readonly Signer[];
  readonly targets: readonly Signer[];
  readonly snapshot: PublicKey;
  readonly timestamp: PublicKey;
  readonly thresholds?: Readonly<Record<string, number>>;
}

export function rootContent(options: RootOptions): JsonObject {
  const { version = 1, expires = future, snapshot, timestamp, thresholds = {} } = options;
  const entries: Readonly<Record<string, readonly PublicKey[]>> = {
    root: options.root.map(({ entry }) => entry),
    targets: options.targets.map(({ entry }) => entry),
    snapshot: [snapshot],
    timestamp: [timestamp],
  };
  const keys = new Map(Object.values(entries).flatMap((list) => list.map((key) => [keyId(key), key])));
  const roles = new Map(
    Object.entries(entries).map(([role, list]) => [
      role,
      { keyIds: list.map(keyId), threshold: thresholds[role] ?? 1 },
    ]),
  );
  return rootToJson({ version, expires, keys, roles, consistentSnapshot: false });
}

export interface Delegate {
  readonly name: string;
  readonly signers: readonly Signer[];
  readonly paths?: readonly string[];
  readonly threshold?: number;
}

export interface TargetsOptions {
  readonly version?: number;
  readonly expires?: string;
  readonly targets?: Readonly<Record<string, FileMeta>>;
  readonly delegates?: readonly Delegate[];
}

export function targetsContent(options: TargetsOptions = {}): JsonObject {
  const { version = 1, expires = future, targets = {}, delegates = [] } = options;
  const roles = delegates.map(
    ({ name, signers, paths = [''], threshold = 1 }): DelegationRole => ({
      name,
      paths,
      threshold,
      keyIds: signers.map(({ id }) => id),
    }),
  );
  const keys = new Map(delegates.flatMap(({ signers }) => signers.map(({ id, entry }) => [id, entry])));
  return targetsToJson({
    version,
    expires,
    targets: new Map(Object.entries(targets)),
    delegations: { keys, roles },
  });
}

export interface SnapshotOptions {
  readonly version?: number;
  readonly expires?: string;
  /** By role. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

export function snapshotContent({ version = 1, expires = future, files }: SnapshotOptions): JsonObject {
  const meta = new Map(Object.entries(files).map(([role, bytes]) => [role, fileMetaOf(bytes)]));
  return snapshotToJson({ version, expires, meta });
}

/** The object with one member, however deep, set or (undefined) taken out. */
export function edited(
  object: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: JsonValue | undefined,
): JsonObject {
  const copy = new Map(object);
  const inner = copy.get(name);
  if (rest.length > 0) copy.set(name, edited(inner instanceof Map ? inner : new Map(), rest, value));
  else if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

export interface UploadPart {
  /** Left out when absent. */
  readonly filename?: string;
  readonly bytes: Uint8Array;
}

export interface Upload {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A multipart body as the clients write it. */
export function upload(parts: readonly UploadPart[]): Upload {
  const boundary = 'boundary-of-the-upload';
  const pieces = parts.flatMap(({ filename, bytes }) => {
    const name = filename === undefined ? '' : `; filename="${filename}"`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="files"${name}\r\nContent-Type: application/octet-stream\r\n\r\n`;
    return [Buffer.from(head), bytes, Buffer.from('\r\n')];
  });
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
