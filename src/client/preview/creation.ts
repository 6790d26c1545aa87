/** Previews the creation of a repository: a publish where none exists yet makes it, with the staged changes in it. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { canonicalJson } from '../../encoding/canonical-json.ts';
import type { JsonObject } from '../../encoding/json-value.ts';
import { didYouMean } from '../../encoding/near-names.ts';
import { expiryFor } from '../../metadata/expiry.ts';
import { type BaseRole, baseRoles, isBaseRole } from '../../metadata/role-name.ts';
import { rootToJson } from '../../metadata/root.ts';
import { buildEnvelope } from '../../metadata/signed.ts';
import { targetsToJson } from '../../metadata/targets.ts';
import type { StateChange } from '../../review/compare.ts';
import type { Finding } from '../../review/finding.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { creationInWords } from '../initialize/create-on-publish.ts';
import { firstRoot, firstTargets } from '../initialize/initialize.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type Difference, difference } from './difference.ts';
import { previewChanges } from './staged-state.ts';

/**
 * The changes are applied to first metadata with keys that stand for those which a publish would make, and are forgotten
 * again: no key is stored, and the server is not asked for one.
 *
 * @throws NotaryError as `previewChanges`
 */
export async function previewCreation(
  ports: RepositoryPorts,
  changes: Parameters<typeof previewChanges>[2],
): Promise<Difference> {
  const { gun, clock } = ports;
  const stands = new Map(baseRoles.map((role) => [role, generateEcdsaKey().publicKey]));
  const ids = new Set([...stands.values()].map(canonicalKeyId));
  const published = { repo: firstMetadata(Object.fromEntries(stands), clock.now()), initial: true };
  const { before, after } = await previewChanges(withKeys(ports, ids), published, changes);
  const compared = difference(before, after, clock.now());
  const { absent, rootKey, keyId, similar } = await creationInWords(ports);
  const creation: Finding = {
    ...{ code: 'COLLECTION_CREATED', severity: similar.length > 0 ? 'warning' : 'note' },
    message: `${absent}; a publish makes it, with ${rootKey}${didYouMean(similar)}`,
    ...(similar.length === 0 && { hint: { command: ['tsnotary', 'init', gun] } }),
  };
  return {
    ...compared,
    changes: compared.changes.map((change) => withOrigin(change, keyId)),
    findings: [creation, ...compared.findings],
    initial: true,
  };
}

function firstMetadata(keys: Parameters<typeof firstRoot>[0], now: Date): LoadedRepo {
  const unsigned = (json: JsonObject) => buildEnvelope(json, [], canonicalJson(json));
  const root = firstRoot(keys, expiryFor('root', now));
  const targets = firstTargets(expiryFor('targets', now));
  return {
    root: { content: root, envelope: unsigned(rootToJson(root)) },
    snapshot: undefined,
    targets: new Map([['targets', { content: targets, envelope: unsigned(targetsToJson(targets)) }]]),
    unusable: new Map(),
  };
}

/** The keys that a publish would make count as being here. */
function withKeys(ports: RepositoryPorts, ids: ReadonlySet<CanonicalKeyId>): RepositoryPorts {
  const { cryptoService } = ports;
  const check: typeof cryptoService.check = async (id, use) =>
    ids.has(id) ? undefined : cryptoService.check(id, use);
  return { ...ports, cryptoService: { ...cryptoService, check } };
}

/** In place of a key that stands for another one: the stored root key, or one that has no ID yet. */
function withOrigin(change: StateChange, rootKeyId: CanonicalKeyId | undefined): StateChange {
  if (change.what !== 'key' || !isBaseRole(change.role)) return change;
  const { op, role } = change;
  if (role === 'root' && rootKeyId !== undefined) return { op, what: 'key', role, keyId: rootKeyId };
  const isServers: boolean = role === ('timestamp' satisfies BaseRole);
  return { op, what: 'new key', role, origin: isServers ? 'made by the server' : 'made here' };
}
