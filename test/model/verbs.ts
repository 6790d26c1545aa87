/** The engine's verbs as steps name them, and what each of them means. */

import { createHash } from 'node:crypto';
import { deleteTrustData } from '../../src/client/delete/delete-trust-data.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { addTarget, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { addDelegation, purgeDelegations, removeDelegation } from '../../src/client/stage/delegations.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { resetChanges } from '../../src/client/stage/reset-changes.ts';
import { stageWitness } from '../../src/client/stage/witness.ts';
import type { CanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import type { OpWork } from './expectation.ts';
import type { Home } from './home.ts';
import { sha256Hex } from './reader.ts';
import type { CommandStep, Name } from './steps.ts';

/** A delegation key of a person. */
export interface OwnKey {
  readonly id: CanonicalKeyId;
  readonly publicKey: PublicKey;
}
export type OwnKeys = ReadonlyMap<Name, OwnKey>;

type Ports = ReturnType<Home['start']>;

/** What a command has shown. */
export type Shown = ReadonlyMap<string, string> | undefined;

async function* chunksOf(text: string) {
  yield Buffer.from(text);
}

const whole = { keyIds: [], paths: [], allPaths: false, whole: true };

/** Carries a command out; gives what `list` shows: name to role and hash. */
export async function carryOut(step: CommandStep, ports: Ports, keys: OwnKeys): Promise<Shown> {
  const ids = (names: readonly Name[]) => names.flatMap((name) => keys.get(name)?.id ?? []);
  switch (step.do) {
    case 'add': {
      const meta = await fileMetaOfStream(chunksOf(step.content));
      await addTarget(ports, { name: step.name, meta, roles: [step.role] });
      return;
    }
    case 'remove':
      await removeTarget(ports, { name: step.name, roles: [step.role] });
      return;
    case 'delegate': {
      const given = step.keys.flatMap((name) => keys.get(name)?.publicKey ?? []);
      await addDelegation(ports, { role: step.role, keys: given, paths: step.paths });
      return;
    }
    case 'undelegate': {
      const { role, paths } = step;
      await removeDelegation(ports, { ...whole, role, keyIds: ids(step.keys), paths, whole: false });
      return;
    }
    case 'remove role':
      await removeDelegation(ports, { ...whole, role: step.role });
      return;
    case 'purge':
      await purgeDelegations(ports, ids(step.keys));
      return;
    case 'witness':
      await stageWitness(ports, [step.role]);
      return;
    case 'reset': {
      const { index } = step;
      await resetChanges(ports, { all: index === 'all', indexes: index === 'all' ? [] : [index] });
      return;
    }
    case 'publish':
      await publish(ports);
      return;
    case 'rotate': {
      const { role, server } = step;
      await rotateKey(ports, { role, serverManaged: server, newKeyIds: [], legacyVersions: 0 });
      return;
    }
    case 'list':
      return shown(await listTargets(ports, { roles: [] }));
    case 'delete':
      await deleteTrustData(ports, { remote: false });
      return;
  }
}

function shown(targets: Awaited<ReturnType<typeof listTargets>>): Shown {
  return new Map(
    targets.map(({ name, role, meta }) => [
      name,
      `${role} ${Buffer.from(meta.hashes.get('sha256') ?? '', 'base64').toString('hex')}`,
    ]),
  );
}

/** The changes that a command stages, in their order. */
export function opsOf(step: CommandStep, keys: OwnKeys): readonly OpWork[] {
  const ids = (names: readonly Name[]) => names.flatMap((name) => keys.get(name)?.id ?? []);
  switch (step.do) {
    case 'add': {
      const { role, name, content } = step;
      return [{ op: 'add', role, name, sha256: sha256Hex(content) }];
    }
    case 'remove':
      return [{ op: 'remove', role: step.role, name: step.name }];
    case 'delegate':
    case 'undelegate': {
      const { role, paths } = step;
      const added = step.do === 'delegate';
      const ofKeys: OpWork = { op: added ? 'add keys' : 'drop keys', role, keys: ids(step.keys) };
      const ofPaths: OpWork = { op: added ? 'add paths' : 'drop paths', role, paths };
      const both = added ? [ofKeys, ofPaths] : [ofPaths, ofKeys];
      return both.filter((work) => (work === ofKeys ? step.keys : paths).length > 0);
    }
    case 'remove role':
      return [{ op: 'drop role', role: step.role }];
    case 'purge':
      return [{ op: 'purge', keys: ids(step.keys) }];
    case 'witness':
      return [{ op: 'witness', role: step.role }];
    default:
      return [];
  }
}

/** A short word for a set of files, for comparing. */
export function printOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, bytes] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${name} ${bytes.length} `).update(bytes);
  }
  return hash.digest('hex');
}
