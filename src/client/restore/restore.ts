/**
 * Restores a repository to a new server by a plan: sends what is left of it, one upload at a time, and has readers prove the
 * outcome. What was done is read off the server, so that an interrupted restore is continued by running it again.
 */

import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkClock } from '../sign/clock-check.ts';
import { type Begun, lookAtDestination } from './destination.ts';
import type { RestorePlan } from './plan.ts';
import { proveRestore, type RestoreProof } from './proof.ts';
import { filesOf, nextStep, openKeys, type Step } from './uploads.ts';

export interface RestoreResult {
  /** Uploads of this run; 0 when everything was there. */
  readonly uploads: number;
  readonly proof: RestoreProof;
}

/** Called after each upload with how many of those that were planned are done. */
export type OnUpload = (done: number, planned: number) => void;

/**
 * Before each upload the server is looked at: what is there must be what the plan expects. A second restore at the same
 * time does no harm: each finds the uploads of the other, and goes on from there.
 *
 * @throws NotaryError REPOSITORY_EXISTS when something else has been published meanwhile; the codes of signing and of the
 * server's answers; PUBLISH_UNVERIFIED when an upload has no effect, or a reader does not find what was restored
 */
export async function restore(
  ports: RepositoryPorts,
  plan: RestorePlan,
  onUpload: OnUpload = () => undefined,
): Promise<RestoreResult> {
  return ports.lock.hold(async () => {
    let uploads = 0;
    let begun = await look(ports, plan, plan.begun);
    await openKeys(ports, plan, begun);
    for (let step = nextStep(plan, begun); step !== undefined; step = nextStep(plan, begun)) {
      try {
        begun = await upload(ports, plan, step, begun);
      } catch (error) {
        throw isNotaryError(error) && begun !== undefined ? withResumption(error, ports.gun) : error;
      }
      uploads += 1;
      onUpload(uploads, Math.max(plan.uploads, uploads));
    }
    return { uploads, proof: await proveRestore(ports, plan) };
  });
}

async function look(
  ports: RepositoryPorts,
  { source }: RestorePlan,
  before: Begun | undefined,
): Promise<Begun | undefined> {
  const begun = await lookAtDestination(ports, source, before);
  if (begun !== undefined) checkClock(begun.timestamp.content, ports);
  return begun;
}

/**
 * Sends one upload. An answer that is lost, or a refusal because another restore was first, counts by what the server has
 * then.
 *
 * @returns what the server has after it
 */
async function upload(
  ports: RepositoryPorts,
  plan: RestorePlan,
  step: Step,
  before: Begun | undefined,
): Promise<Begun | undefined> {
  const files = await filesOf(ports, plan, step, before);
  let refusal: NotaryError | undefined;
  try {
    await ports.remote.publish(files);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    refusal = error;
  }
  const after = await lookAfter(ports, plan, before, refusal);
  if (isAhead(after, before)) return after;
  throw refusal ?? withoutEffect(ports);
}

/** Why the upload failed says more than why the server cannot be looked at after it. */
async function lookAfter(
  ports: RepositoryPorts,
  plan: RestorePlan,
  before: Begun | undefined,
  refusal: NotaryError | undefined,
): Promise<Begun | undefined> {
  try {
    return await look(ports, plan, before);
  } catch (error) {
    if (refusal === undefined || !isNotaryError(error) || isNotaryError(error, 'REPOSITORY_EXISTS'))
      throw error;
    throw refusal;
  }
}

function isAhead(after: Begun | undefined, before: Begun | undefined): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  return after.timestamp.content.version > before.timestamp.content.version;
}

function withoutEffect({ gun, remote }: RepositoryPorts): NotaryError {
  return new NotaryError(
    'PUBLISH_UNVERIFIED',
    `${remote.location} accepted an upload for ${gun} and does not serve it`,
    {
      details: { gun, server: remote.location },
      hint: 'The same command goes on where this one stopped. If it stops here again, ask who runs the server.',
    },
  );
}

function withResumption(error: NotaryError, gun: string): NotaryError {
  const goesOn = 'What the server has taken stays there; the same command goes on where this one stopped.';
  return rephrased(error, sameWords, {
    details: { gun },
    hint: error.hint === undefined ? goesOn : `${error.hint} ${goesOn}`,
  });
}
