/**
 * Validates an upload by the rules of Notary 0.7.0, in its order and with its words.
 *
 * The files of one upload are judged together with what is stored: root first, then targets and delegations from
 * the top down, then the snapshot, sent or made here; the timestamp is always made here.
 */

import { checkCertificate } from '../../crypto/certificates/check-certificate.ts';
import { leafOfBundle } from '../../crypto/certificates/x509.ts';
import { fromBase64 } from '../../encoding/bytes.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { checkExpiry } from '../../metadata/expiry.ts';
import { isTargetsRole, parentRole } from '../../metadata/role-name.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp } from '../../metadata/snapshot.ts';
import { findDelegation, parseTargets, type Targets } from '../../metadata/targets.ts';
import { checkHashes } from '../../tuf/checksums.ts';
import { delegationSigners, noSuchRole } from '../../tuf/delegation-signers.ts';
import { type RoleKeySet, verifySignatures } from '../../tuf/verify-signatures.ts';
import type { NotaryServer } from '../server.ts';
import { type FileUpdate, isStoreFailure } from '../store/store.ts';
import { checkGoTypes } from './go-types.ts';
import { loadRoot } from './load-root.ts';
import { signSnapshot, signTimestamp } from './sign-snapshot.ts';

/** An upload by role; of several files for one role the last counts. */
type Upload = ReadonlyMap<string, FileUpdate>;

/** The roles that have passed validation so far. */
interface ValidatedRoles {
  readonly root: Signed<Root>;
  readonly targets: Map<string, Signed<Targets>>;
}

/**
 * The files to store: those of the upload, a snapshot if it had none, a timestamp.
 *
 * @throws NotaryError BAD_ROOT, BAD_TARGETS, BAD_SNAPSHOT, BAD_HIERARCHY, VALIDATION for an upload that
 * breaks a rule; any other code when the stored root itself can no longer be read
 */
export async function validateUpdate(
  server: NotaryServer,
  gun: string,
  files: readonly FileUpdate[],
): Promise<readonly FileUpdate[]> {
  const upload: Upload = new Map(files.map((file) => [file.role, file]));
  const root = await judgeRoot(server, gun, upload.get('root'));
  const judged: ValidatedRoles = { root, targets: new Map() };
  const sent = ['root', ...(await judgeTargets(server, gun, upload, judged))].flatMap(
    (role) => upload.get(role) ?? [],
  );
  const snapshot = await judgeSnapshot(server, gun, upload.get('snapshot'), judged);
  const timestamp = await makeTimestamp(server, gun, root.content, snapshot);
  return [...sent, snapshot, timestamp];
}

async function judgeRoot(
  server: NotaryServer,
  gun: string,
  sent: FileUpdate | undefined,
): Promise<Signed<Root>> {
  const now = server.clock.now();
  const stored = await server.store.current(gun, 'root');
  const current = stored && loadRoot(stored.bytes, { gun, now, allowExpired: true });
  if (sent === undefined) {
    if (current !== undefined) return current;
    throw new NotaryError('VALIDATION', 'no pre-existing root and no root provided in update.');
  }
  const version = current?.content.version ?? 1;
  if (sent.version !== version && sent.version !== version + 1) {
    throw new NotaryError(
      'BAD_ROOT',
      `Root modifications must increment the version. Current ${version}, new ${sent.version}`,
    );
  }
  return rejectAs('BAD_ROOT', () => loadRoot(sent.bytes, { gun, now, previous: current }));
}

/** Loads all targets roles of the upload and answers with their names, parents first. */
async function judgeTargets(
  server: NotaryServer,
  gun: string,
  upload: Upload,
  judged: ValidatedRoles,
): Promise<readonly string[]> {
  const roles = [...upload.keys()].filter(isTargetsRole).sort(byDepth);
  for (const role of roles) {
    for (const ancestor of ancestors(role)) {
      if (judged.targets.has(ancestor)) continue;
      const stored = await server.store.current(gun, ancestor);
      // Where an ancestor is missing, its descendant turns out not to be listed anywhere.
      if (stored !== undefined) loadTargets(ancestor, stored.bytes, judged, server.clock.now(), true);
    }
    const { bytes } = upload.get(role) ?? { bytes: new Uint8Array() };
    rejectAs('BAD_TARGETS', () => loadTargets(role, bytes, judged, server.clock.now(), false));
  }
  return roles;
}

function byDepth(left: string, right: string): number {
  return left.split('/').length - right.split('/').length || (left < right ? -1 : 1);
}

/** From `targets` down to the parent. */
function ancestors(role: string): readonly string[] {
  return role === 'targets' ? [] : [...ancestors(parentRole(role)), parentRole(role)];
}

function loadTargets(
  role: string,
  bytes: Uint8Array,
  { root, targets }: ValidatedRoles,
  now: Date,
  allowExpired: boolean,
): void {
  const signers =
    role === 'targets' ? baseRole(root.content, 'targets') : signersOfDelegation(role, targets, now);
  const envelope = parseEnvelope(bytes);
  // The signatures of `targets` are judged before its content, those of a delegation after.
  if (role === 'targets') verifySignatures(envelope, signers, role);
  checkGoTypes(envelope.signed);
  const signed = parseTargets(envelope, role);
  if (role !== 'targets') verifySignatures(envelope, signers, role);
  if (!allowExpired) checkExpiry(role, signed.content.expires, now);
  targets.set(role, signed);
}

/** The keys of a delegation that every one of its ancestors lists, down from `targets`. */
function signersOfDelegation(role: string, targets: ValidatedRoles['targets'], now: Date): RoleKeySet {
  if (!targets.has('targets')) throw new NotaryError('NOT_LOADED', 'targets must be loaded first');
  let signers: RoleKeySet | undefined;
  for (const name of [...ancestors(role).slice(1), role]) {
    const parent = targets.get(parentRole(name))?.content;
    const listed = parent && findDelegation(parent, name);
    if (parent === undefined || listed === undefined) throw noSuchRole(role, 'delegation does not exist');
    signers = delegationSigners(parent, listed);
  }
  if (signers === undefined) throw noSuchRole(role, 'delegation does not exist');
  for (const key of signers.keys.values()) {
    if (!key.keyType.endsWith('-x509')) continue;
    checkCertificate(leafOfBundle(fromBase64(key.value) ?? new Uint8Array()), now, { expiry: false });
  }
  return signers;
}

async function judgeSnapshot(
  server: NotaryServer,
  gun: string,
  sent: FileUpdate | undefined,
  judged: ValidatedRoles,
): Promise<FileUpdate> {
  if (sent !== undefined) {
    rejectAs('BAD_SNAPSHOT', () => checkSnapshot(sent.bytes, judged, server.clock.now()));
    return sent;
  }
  const stored = await server.store.current(gun, 'snapshot');
  try {
    const previous = stored && parseSnapshot(parseEnvelope(stored.bytes));
    return await signSnapshot(server, { ...judged, previous });
  } catch (error) {
    if (isNotaryError(error, 'INSUFFICIENT_SIGNATURES')) {
      throw new NotaryError(
        'BAD_HIERARCHY',
        'no snapshot was included in update and server does not hold current snapshot key for repository',
        { details: { missing: 'snapshot' }, cause: error },
      );
    }
    throw as('VALIDATION', error);
  }
}

function checkSnapshot(bytes: Uint8Array, { root, targets }: ValidatedRoles, now: Date): void {
  const envelope = parseEnvelope(bytes);
  verifySignatures(envelope, baseRole(root.content, 'snapshot'), 'snapshot');
  const { content } = parseSnapshot(envelope);
  checkExpiry('snapshot', content.expires, now);
  for (const [role, file] of [['root', root] as const, ...targets]) {
    const meta = content.meta.get(role) ?? { length: 0, hashes: new Map<string, string>() };
    checkHashes(file.envelope.bytes, meta, role);
  }
}

async function makeTimestamp(
  server: NotaryServer,
  gun: string,
  root: Root,
  snapshot: FileUpdate,
): Promise<FileUpdate> {
  const stored = await server.store.current(gun, 'timestamp');
  try {
    const previous = stored && parseTimestamp(parseEnvelope(stored.bytes));
    return await signTimestamp(server, root, parseEnvelope(snapshot.bytes), previous);
  } catch (error) {
    if (isNotaryError(error, 'INSUFFICIENT_SIGNATURES')) {
      // The two blanks are Notary 0.7.0's.
      throw new NotaryError('BAD_ROOT', 'no  timestamp keys exist on the server', { cause: error });
    }
    throw as('VALIDATION', error);
  }
}

function rejectAs<T>(code: ErrorCode, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    throw as(code, error);
  }
}

function as(code: ErrorCode, error: unknown): unknown {
  return isNotaryError(error) && !isStoreFailure(error)
    ? new NotaryError(code, error.message, { cause: error })
    : error;
}
