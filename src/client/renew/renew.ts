/**
 * Renews roles: signs them again as they are, with the next version and a new expiry, also when they have expired. The
 * server takes such an upload; it is Notary 0.7.0's client that refuses to make it.
 */

import { witnessChange } from '../../changelist/change.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { isTargetsRole } from '../../metadata/role-name.ts';
import { type Envelope, metadataType, parseCommon, signedMessage } from '../../metadata/signed.ts';
import type { LoadedRepo, Repo } from '../../tuf/repo.ts';
import { publishChanges } from '../publish/publish.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { SignedFile } from '../sign/sign.ts';
import { isDue, type Renewal, type RenewalPlan, renewable, renewableFiles } from './plan.ts';

export interface RenewedRole {
  readonly role: string;
  readonly version: number;
  /** RFC 3339. */
  readonly expires: string;
}

/** Ends a publication in which nothing is left to do. */
class NothingDue extends Error {}

/**
 * Renews the roles of a plan that can be signed here, in one upload, and confirms what the server serves then. A role
 * that another client has signed since the plan was made is left as it is.
 *
 * @returns what was renewed; none when another client has renewed everything meanwhile
 * @throws NotaryError the codes of `publishChanges`; UNASKED_CHANGE when a file would say anything new
 */
export async function renew(
  ports: RepositoryPorts,
  plan: RenewalPlan,
  renewal: Renewal,
): Promise<readonly RenewedRole[]> {
  const planned = new Map(
    plan.due.filter(({ failure }) => failure === undefined).map(({ role, envelope }) => [role, envelope]),
  );
  if (planned.size === 0) return [];
  let roles: ReadonlySet<string> = new Set();
  const renewed: RenewedRole[] = [];
  const publication = {
    acceptsExpired: renewable,
    keepsRoot: true as const,
    changes: async (loaded: LoadedRepo) => {
      roles = stillDue(planned, loaded, { renewal, now: ports.clock.now() });
      if (roles.size === 0) throw new NothingDue();
      return [...roles].filter(isTargetsRole).map((role) => witnessChange(role));
    },
    edit: (repo: Repo) => {
      if (roles.has('root')) repo.root.dirty = true;
    },
    beforeUpload: async (files: ReadonlyMap<string, SignedFile>) => {
      checkOnlyRenewed(ports.gun, files, roles, planned);
      renewed.length = 0;
      for (const [role, { envelope }] of files) renewed.push(renewedRole(role, envelope));
    },
  };
  try {
    await ports.lock.hold(() => publishChanges(ports, publication));
    return renewed;
  } catch (error) {
    if (error instanceof NothingDue) return [];
    throw error;
  }
}

/** The planned roles whose files are the ones that were looked at, and that are due still. */
function stillDue(
  planned: ReadonlyMap<string, Envelope>,
  loaded: LoadedRepo,
  { renewal, now }: { readonly renewal: Renewal; readonly now: Date },
): ReadonlySet<string> {
  const files = renewableFiles(loaded);
  const due = [...planned].filter(([role, { bytes }]) => {
    const file = files.get(role);
    return (
      file !== undefined &&
      equalBytes(file.envelope.bytes, bytes) &&
      isDue(file.content, renewal, now.getTime())
    );
  });
  return new Set(due.map(([role]) => role));
}

/** @throws NotaryError UNASKED_CHANGE */
function checkOnlyRenewed(
  gun: string,
  files: ReadonlyMap<string, SignedFile>,
  roles: ReadonlySet<string>,
  planned: ReadonlyMap<string, Envelope>,
): void {
  for (const [role, { envelope }] of files) {
    // A snapshot names the new files: it cannot stay as it is.
    if (role === 'snapshot') continue;
    const before = planned.get(role);
    if (roles.has(role) && before !== undefined && equalBytes(undated(before), undated(envelope))) continue;
    throw new NotaryError(
      'UNASKED_CHANGE',
      `the new ${role} of ${gun} would say something else than the one that is renewed`,
      { details: { gun, role }, hint: 'Nothing was sent.' },
    );
  }
}

/** What a file says, apart from its version and its expiry. */
function undated({ signed }: Envelope): Uint8Array {
  const content = new Map(signed);
  content.delete('version');
  content.delete('expires');
  return signedMessage(content);
}

function renewedRole(role: string, { signed }: Envelope): RenewedRole {
  const { version, expires } = parseCommon(signed, role, metadataType(role));
  return { role, version, expires };
}
