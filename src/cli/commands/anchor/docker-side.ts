/** Reads what docker on this machine trusts for a GUN, and what the Docker engine is configured to trust. */

import type { DescribedRoot } from '../../../client/anchor/described-root.ts';
import { heldAnchor } from '../../../client/anchor/held-anchor.ts';
import type { ShownRoot } from '../../../client/anchor/show-anchor.ts';
import { readJson } from '../../../encoding/json.ts';
import { isNotaryError } from '../../../errors.ts';
import { parseGun } from '../../../metadata/gun.ts';
import type { Finding } from '../../../review/finding.ts';
import { type EnginePin, enginePins } from '../../../trust-pinning/engine-pins.ts';
import type { CommandContext } from '../../spec/command-context.ts';

export interface JudgedEnginePin extends EnginePin {
  readonly file: string;
  readonly verdict: 'matches' | 'contradicts' | 'none';
}

export interface DockerSide {
  /** Undefined where docker has seen nothing of the GUN, or shares the trust directory that is in use. */
  readonly docker:
    | {
        readonly file: string;
        readonly version?: number;
        /** `former`: the two are of one collection, and docker follows the rotations between them. */
        readonly relation: 'same' | 'former' | 'other' | 'damaged';
      }
    | undefined;
  readonly enginePins: readonly JudgedEnginePin[];
  readonly findings: readonly Finding[];
}

export async function dockerSide(
  context: CommandContext,
  gun: string,
  { root, verified }: ShownRoot,
): Promise<DockerSide> {
  const docker = await dockerRoot(context, gun, verified);
  const pins = await pinsOfEngines(context, gun, root);
  const findings: Finding[] = [];
  if (docker?.relation === 'other')
    findings.push({
      ...{ code: 'DOCKER_ROOT_DIFFERS', severity: 'warning', role: 'root' },
      message: `docker on this machine trusts another root of ${gun}: ${docker.file}`,
    });
  for (const { file, setting, pinnedFor, mode, verdict } of pins)
    if (verdict === 'contradicts' && mode !== 'disabled')
      findings.push({
        ...{ code: 'ENGINE_PIN_DIFFERS', severity: 'warning', role: 'root' },
        message: `the Docker engine (mode ${mode}) does not take this root of ${gun}: ${setting} for ${pinnedFor} in ${file} names others`,
      });
  return { docker, enginePins: pins, findings };
}

async function dockerRoot(
  context: CommandContext,
  gun: string,
  verified: ShownRoot['verified'],
): Promise<DockerSide['docker']> {
  const cache = await context.openDockerCache(gun);
  if (cache === undefined) return undefined;
  const readOnly = { ...cache, set: refused, remove: refused };
  const held = await heldAnchor({ gun: parseGun(gun), cache: readOnly }, context.clock.now());
  const file = cache.location('root');
  if (held.kind === 'none') return undefined;
  if (held.kind === 'damaged') return { file, relation: 'damaged' };
  const { version } = held.root.content;
  if (verified === undefined) return { file, version, relation: 'other' };
  const { isRelated } = await import('../../../client/anchor/served-anchor.ts');
  const { saysTheSame } = await import('../../../client/update/rollback-checks.ts');
  const isSame = saysTheSame(held.root.envelope, verified.envelope);
  const isFormer = isRelated(held.root.content, verified.content);
  return { file, version, relation: isSame ? 'same' : isFormer ? 'former' : 'other' };
}

function refused(): Promise<never> {
  return Promise.reject(new Error('nothing is written to the trust directory of docker'));
}

async function pinsOfEngines(
  context: CommandContext,
  gun: string,
  root: DescribedRoot | undefined,
): Promise<readonly JudgedEnginePin[]> {
  const found: JudgedEnginePin[] = [];
  for (const file of context.engineConfigFiles()) {
    for (const pin of await pinsIn(context, file, gun))
      found.push({ ...pin, file, verdict: verdictOf(pin, root) });
  }
  return found;
}

async function pinsIn(context: CommandContext, file: string, gun: string): Promise<readonly EnginePin[]> {
  try {
    return enginePins(readJson(await context.files.readRegular(file), { fractions: true }), gun);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (!isNotaryError(error, 'FILE_UNREADABLE') || error.details.missing !== true)
      context.log.warn(
        `the pins of the Docker engine in ${file} are not shown: ${error.message}`,
        'ENGINE_PINS_UNREAD',
      );
    return [];
  }
}

function verdictOf({ setting, ids }: EnginePin, root: DescribedRoot | undefined): JudgedEnginePin['verdict'] {
  if (root === undefined) return 'none';
  const named = root.keys.some(
    ({ keyId, tufKeyId, signed }) => signed && ids.includes(setting === 'root-keys' ? keyId : tufKeyId),
  );
  return named ? 'matches' : 'contradicts';
}
