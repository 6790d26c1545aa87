/** Says what of an inventory needs attention: what moved, went, is not signed elsewhere, or could not be looked at. */

import { isNotaryError } from '../../errors.ts';
import { type ImageReference, isTag } from '../../images/reference.ts';
import type { Finding, FindingCode } from '../../review/finding.ts';
import type { FailedLook, ImageLook, RegistryLook } from './registry-look.ts';
import type { SignedRow } from './rows.ts';
import type { SignatureKind } from './signature-conventions.ts';

/** Could not be looked at; looked at, and broken; something is left to do; nothing is. */
export function statusOf(findings: readonly Finding[]): 0 | 1 | 3 | 4 {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => unlooked.includes(code))) return 1;
  if (errors.length > 0) return 4;
  return findings.some(({ severity }) => severity === 'warning') ? 3 : 0;
}

/**
 * The status where the references of what is left to sign are the output, for a pipe: 0 also where they are, where a tag is not
 * what was signed, and where the registry was looked at and an image is gone. What is signed and has no reference for
 * another reason is not 0.
 */
export function statusOfReferences(findings: readonly Finding[]): 0 | 1 | 3 | 4 {
  return statusOf(findings.filter(({ code }) => !harmless.includes(code)));
}

const harmless: readonly FindingCode[] = ['SIGNATURE_MISSING', 'TAG_MOVED', 'TAG_GONE', 'IMAGE_GONE'];

const unlooked: readonly FindingCode[] = [
  'IMAGE_NAME_INVALID',
  'REGISTRY_NAME_UNKNOWN',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_UNAVAILABLE',
  'REGISTRY_INVALID',
];

/**
 * Of the name of the repository: whether it can be that of an image, and of which.
 *
 * @param needed the registry was to be asked, or references are wanted
 */
export function nameFindings(
  gun: string,
  image: ImageReference | undefined,
  needed: boolean,
): readonly Finding[] {
  if (image === undefined) {
    const message = `${gun} cannot be the name of an image, so that no registry can be asked and there are no references`;
    return [{ code: 'IMAGE_NAME_INVALID', severity: needed ? 'error' : 'note', message }];
  }
  if (image.gun === gun) return [];
  const message = `${gun} names no registry: docker takes it for ${image.gun}, of which the trust data has another name`;
  return [{ code: 'REGISTRY_NOT_NAMED', severity: 'note', message }];
}

/** Of what is signed, whatever a registry has of it. */
export function signedFindings(rows: readonly SignedRow[]): readonly Finding[] {
  const about = (
    code: FindingCode,
    severity: Finding['severity'],
    found: readonly SignedRow[],
    message: string,
  ): readonly Finding[] => (found.length === 0 ? [] : [{ code, severity, message, targets: namesOf(found) }]);
  const released = rows.filter((row) => row.released);
  const taken = new Set(released.map(({ digest }) => digest));
  return [
    ...about(
      'CHECKSUM_MISSING',
      'warning',
      rows.filter(({ digest }) => digest === undefined),
      'the metadata has no SHA-256, so that there is no digest to sign elsewhere',
    ),
    ...about(
      'IMAGE_NAME_INVALID',
      'note',
      released.filter(({ target, digest }) => digest !== undefined && !isTag(target)),
      'no tag can have such a name, so that docker cannot have pulled it by that',
    ),
    ...about(
      'NOT_TAKEN_BY_DOCKER',
      'note',
      rows.filter(
        ({ released: isReleased, digest }) => !isReleased && digest !== undefined && !taken.has(digest),
      ),
      'docker takes the digest under no name: it does not ask the role, or asks another one first; no reference is given for it',
    ),
  ];
}

/** Of what the registry says of the rows that docker would take. */
export function registryFindings(
  gun: string,
  rows: readonly SignedRow[],
  look: RegistryLook,
  checks: readonly SignatureKind[],
): readonly Finding[] {
  const looked = rows.flatMap((row) => {
    const image = row.released ? look.of(row) : undefined;
    return image === undefined ? [] : [{ row, image }];
  });
  return [
    ...look.failures.map(failureFinding),
    ...looked.flatMap(({ row, image }) => moved(row, image)),
    ...gone(looked),
    ...checks.flatMap((kind) => missing(gun, kind, looked)),
  ];
}

interface Looked {
  readonly row: SignedRow;
  readonly image: ImageLook;
}

function failureFinding({ error, targets }: FailedLook): Finding {
  const { registry } = error.details;
  const isHidden = isNotaryError(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_NAME_UNKNOWN');
  const logIn = isHidden && typeof registry === 'string';
  return {
    ...{ code: error.code, severity: 'error', message: error.message, targets },
    ...(logIn && { hint: { command: ['docker', 'login', registry] } }),
  };
}

function moved(
  { target, digest }: SignedRow,
  { image, registryDigest, tagGone }: ImageLook,
): readonly Finding[] {
  const finding = (code: FindingCode, message: string): readonly Finding[] => [
    { code, severity: 'warning', message, targets: [target] },
  ];
  if (registryDigest !== undefined && registryDigest !== digest)
    return finding(
      'TAG_MOVED',
      `the tag stands for ${registryDigest} in the registry now, and ${digest} is what was signed`,
    );
  if (tagGone && image === 'there')
    return finding('TAG_GONE', `the registry has the image that was signed, and the tag no more`);
  return [];
}

/** One finding for each image, whatever the number of its tags. */
function gone(looked: readonly Looked[]): readonly Finding[] {
  const lost = new Map<string, SignedRow[]>();
  for (const { row, image } of looked) {
    if (image.image !== 'gone' || row.digest === undefined) continue;
    lost.set(row.digest, [...(lost.get(row.digest) ?? []), row]);
  }
  return [...lost].map(([digest, found]) => ({
    ...{ code: 'IMAGE_GONE', severity: 'warning', targets: namesOf(found) },
    message: `the registry has no ${digest}, or hides it from this login, so that it cannot be signed there`,
  }));
}

function missing(gun: string, kind: SignatureKind, looked: readonly Looked[]): readonly Finding[] {
  const unsigned = looked.filter((one) => isMissing(one, kind)).map(({ row }) => row);
  if (unsigned.length === 0) return [];
  const command = ['tsnotary', 'inventory', gun, '--missing', kind, '--format', 'refs'];
  return [
    {
      ...{ code: 'SIGNATURE_MISSING', severity: 'warning', targets: namesOf(unsigned) },
      message: `the registry has no signature of ${kind} for what was signed`,
      hint: { command },
    },
  ];
}

/** Whether an image is there and a signature of that kind is not; what could not be looked at is not missing. */
export function isMissing({ row, image }: Looked, kind: SignatureKind): boolean {
  return row.released && image.image === 'there' && image.signed.get(kind) === false;
}

function namesOf(rows: readonly SignedRow[]): readonly string[] {
  return [...new Set(rows.map(({ target }) => target))];
}
