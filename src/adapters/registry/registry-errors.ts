/** Words the failures of a registry: which of them say that an image is absent, locked, unreachable or not to be believed. */

import { oneLine } from '../../encoding/one-line.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { loginCommand } from '../../images/reference.ts';
import type { HttpResponse } from '../../ports/http.ts';
import type { ImageRepository } from '../../ports/registry.ts';
import { type ReportedError, reportedErrors } from '../http/transport/server-error.ts';
import { imageName, isDigest } from './image-name.ts';
import { hostOfRegistry } from './registry-address.ts';

/** What is asked for: a manifest, or the repository itself. */
export interface Wanted {
  readonly repository: ImageRepository;
  /** A tag or a digest; absent where it is the repository. */
  readonly reference?: string;
}

/**
 * Codes of the errors by which registries say that there is no such image (OCI Distribution Specification 1.1, "Error
 * Codes"); Harbor has the last one.
 */
const absent: ReadonlySet<string> = new Set(['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND']);
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** An error about a manifest, with the registry, the image and what else is known in its details. */
export function registryError(
  code: ErrorCode,
  message: string,
  { repository, reference }: Wanted,
  more: { hint?: string | undefined; cause?: unknown; details?: Record<string, string | number> } = {},
): NotaryError {
  const details = { registry: repository.domain, image: imageName(repository, reference), ...more.details };
  return new NotaryError(code, message, { details, hint: more.hint, cause: more.cause });
}

/** An answer of the registry that is nothing to be signed. */
export function invalidAnswer(reason: string, wanted: Wanted, hint?: string, cause?: unknown): NotaryError {
  const { domain } = wanted.repository;
  const image = imageName(wanted.repository, wanted.reference);
  return registryError('REGISTRY_INVALID', `the registry ${domain} ${reason} (${image})`, wanted, {
    hint,
    cause,
  });
}

/** The error for a response whose status is not 200. */
export function statusError({ status, headers, body }: HttpResponse, wanted: Wanted): NotaryError {
  const { domain } = wanted.repository;
  const image = imageName(wanted.repository, wanted.reference);
  const reported = reportedErrors(body) ?? [];
  const said = reported.map(({ code, message }) =>
    oneLine([code, message].filter((part) => part !== '').join(': ')),
  );
  const words = said.length === 0 ? `status ${status}` : oneLine(`${said.join('; ')} (status ${status})`);
  const details = { status, ...(said.length > 0 && { serverMessage: oneLine(said.join('; ')) }) };
  if (isAbsence(status, reported)) return notThere(wanted, details);
  if (status === 401 || status === 403)
    return unauthorized(`the registry ${domain} refuses ${image}: ${words}`, wanted, details);
  if (status === 429 || status >= 500) {
    const wait = Number(headers['retry-after']?.[0]);
    const hint =
      Number.isSafeInteger(wait) && wait > 0 ? `Try again in ${wait} seconds.` : 'Try again later.';
    const message = `the registry ${domain} cannot answer now: ${words}`;
    return registryError('REGISTRY_UNAVAILABLE', message, wanted, { hint, details });
  }
  if (redirects.has(status)) return redirected(headers['location']?.[0], wanted);
  return registryError(
    'REGISTRY_INVALID',
    `the registry ${domain} does not say what ${image} is: ${words}`,
    wanted,
    {
      details,
      // What is no registry at all answers like this.
      ...(said.length === 0 && { hint: `Is ${domain} a registry, and are its name and port right?` }),
    },
  );
}

/** Whether the registry says that what was asked for is not there. */
export function saysAbsent({ status, body }: HttpResponse): boolean {
  return isAbsence(status, reportedErrors(body) ?? []);
}

function isAbsence(status: number, reported: readonly ReportedError[]): boolean {
  return status === 404 && reported.some(({ code }) => absent.has(code));
}

/** The registry does not know the whole repository, which may hide it. */
export function nameUnknown(wanted: Wanted): NotaryError {
  const { domain } = wanted.repository;
  return registryError(
    'REGISTRY_NAME_UNKNOWN',
    `the registry ${domain} does not know the repository ${imageName(wanted.repository)}, or hides it from this login`,
    wanted,
    {
      hint: `Log in with "${loginCommand(domain)}" as a user who may read the repository. If it is gone for good, none of its images can be signed there.`,
    },
  );
}

function notThere(wanted: Wanted, details: Record<string, string | number>): NotaryError {
  const image = imageName(wanted.repository, wanted.reference);
  const push = isDigest(wanted.reference ?? '') ? 'push it first' : `push it first ("docker push ${image}")`;
  const login = `log in as a user who may read it ("${loginCommand(wanted.repository.domain)}")`;
  return registryError('IMAGE_NOT_THERE', `${image}: not found in the registry, or no access`, wanted, {
    details,
    hint: `An image is signed in its registry: ${push}. If it is there, ${login}.`,
  });
}

/** A registry answers for its manifests itself: following would leave it to another host what a tag stands for. */
function redirected(location: string | undefined, wanted: Wanted): NotaryError {
  const to = location !== undefined && URL.canParse(location) ? new URL(location).host : undefined;
  return invalidAnswer(
    to === undefined ? 'redirects instead of answering' : `redirects to ${oneLine(to)} instead of answering`,
    wanted,
    to === undefined
      ? undefined
      : 'If that is the registry that is meant, use its name in the name of the image.',
  );
}

/** The registry, or its token service, refuses the login or wants one. */
export function unauthorized(
  message: string,
  wanted: Wanted,
  details: Record<string, string | number> = {},
  cause?: NotaryError,
): NotaryError {
  const login = `Log in with "${loginCommand(wanted.repository.domain)}" as someone who may read the image; some registries say the same of an image that does not exist.`;
  return registryError('REGISTRY_UNAUTHORIZED', message, wanted, {
    details,
    hint: cause?.hint ?? login,
    cause,
  });
}

/** The registry's error for one of the HTTP client. Any other error stays what it is. */
export function requestError(error: unknown, wanted: Wanted): unknown {
  const { domain } = wanted.repository;
  if (isNotaryError(error, 'MALICIOUS_SERVER'))
    return invalidAnswer('sends more than a manifest can be, 4 MiB', wanted, undefined, error);
  if (!isNotaryError(error, 'NETWORK')) return error;
  return registryError(
    'REGISTRY_UNREACHABLE',
    `no answer from the registry ${domain}: ${error.message}`,
    wanted,
    {
      cause: error,
      hint: certificateHint(error, domain) ?? error.hint,
    },
  );
}

/** The HTTP client's hint names flags that are for the trust server. */
function certificateHint(error: NotaryError, domain: string): string | undefined {
  if (!error.message.endsWith('certificate signed by unknown authority')) return undefined;
  return `If the registry's certificate is of a CA of your own, put the CA's certificate in ~/.docker/certs.d/${hostOfRegistry(domain)}/ca.crt.`;
}

/** The registry's error for one of the token service that the registry names. */
export function tokenError(error: unknown, wanted: Wanted): unknown {
  const { domain } = wanted.repository;
  if (!isNotaryError(error)) return error;
  const { status } = error.details;
  const said = typeof status === 'number' ? { status } : {};
  const words = `the token service of the registry ${domain}`;
  switch (error.code) {
    case 'UNAUTHORIZED':
      return unauthorized(`${words} refuses: ${error.message}`, wanted, said, error);
    case 'MALICIOUS_SERVER':
      return registryError('REGISTRY_INVALID', `${words} sends more than a token can be`, wanted, {
        cause: error,
      });
    case 'NETWORK':
      break;
    default:
      return error;
  }
  const more = { cause: error, details: said };
  if (status === 429 || Number(status) >= 500) {
    const message = `${words} cannot answer now: ${error.message}`;
    return registryError('REGISTRY_UNAVAILABLE', message, wanted, { ...more, hint: 'Try again later.' });
  }
  // What has no network error behind it is about an answer that did come.
  return isNotaryError(error.cause, 'NETWORK')
    ? registryError('REGISTRY_UNREACHABLE', `no answer from ${words}: ${error.message}`, wanted, {
        ...more,
        hint: certificateHint(error, domain),
      })
    : registryError('REGISTRY_INVALID', `${words} gives no token: ${error.message}`, wanted, more);
}
