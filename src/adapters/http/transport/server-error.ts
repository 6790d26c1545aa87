/** Reads the JSON error bodies of Notary servers and registries, and turns them into errors. */

import { asArray, asObject, readJson } from '../../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../../encoding/json-value.ts';
import { oneLine } from '../../../encoding/one-line.ts';
import type { ErrorCode } from '../../../error-codes.ts';
import { NotaryError } from '../../../errors.ts';

/** One entry of `{"errors":[{"code":…,"message":…,"detail":…}]}`; text as the server sent it. */
export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly detail: JsonValue;
}

/** The errors in a body, or undefined when it is not such a body. */
export function reportedErrors(body: Uint8Array): readonly ReportedError[] | undefined {
  try {
    const document = asObject(readJson(body, { fractions: true }), 'the error body');
    return asArray(document.get('errors'), 'errors').map((entry) => {
      const fields = asObject(entry, 'an error');
      return {
        code: text(fields.get('code')),
        message: text(fields.get('message')),
        detail: fields.get('detail') ?? null,
      };
    });
  } catch {
    return undefined;
  }
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

const validationErrors: Readonly<Record<string, readonly [code: ErrorCode, prefix: string]>> = {
  ErrValidation: ['VALIDATION', 'An error occurred during validation'],
  ErrBadRoot: ['BAD_ROOT', 'The root metadata is invalid'],
  ErrBadTargets: ['BAD_TARGETS', 'The targets metadata is invalid'],
  ErrBadSnapshot: ['BAD_SNAPSHOT', 'The snapshot metadata is invalid'],
  ErrBadHierarchy: ['BAD_HIERARCHY', 'Metadata hierarchy is incomplete'],
};

/** Error bodies are read this far, and are not understood when they are longer (Notary 0.7.0). */
const maxErrorBody = 1024;

/**
 * The error for a response whose status is not 200, by Notary 0.7.0's rules.
 *
 * What the server itself said goes into the details (`serverCode`, `serverMessage`) and the hint.
 *
 * @param resource what was asked for, as the 404 message names it
 */
export function statusError(status: number, body: Uint8Array, resource: string): NotaryError {
  const reported = reportedErrors(body.subarray(0, maxErrorBody));
  const first = reported?.[0];
  const code = oneLine(first?.code ?? '');
  const message = oneLine(first?.message ?? '');
  const said = [code, message].filter((part) => part !== '').join(': ');
  const options = {
    details: {
      status,
      resource,
      ...(code === '' ? {} : { serverCode: code }),
      ...(message === '' ? {} : { serverMessage: message }),
    },
    // The message already says that the file does not exist.
    ...(said === '' || status === 404 ? {} : { hint: `The server said ${said.replace(/\.$/, '')}.` }),
  };
  switch (status) {
    case 404:
      return new NotaryError(
        'METADATA_NOT_FOUND',
        `${resource} trust data unavailable.  Has a notary repository been initialized?`,
        options,
      );
    case 400:
      return (
        validationError(reported, options) ??
        new NotaryError('INVALID_OPERATION', 'trust server rejected operation.', options)
      );
    case 401:
      return new NotaryError(
        'UNAUTHORIZED',
        'you are not authorized to perform this operation: server returned 401.',
        options,
      );
    default:
      return new NotaryError(
        'SERVER_UNAVAILABLE',
        `unable to reach trust server at this time: ${status}.`,
        options,
      );
  }
}

type Options = ConstructorParameters<typeof NotaryError>[2];

/** Exactly one error whose detail names a known kind of validation error. */
function validationError(
  reported: readonly ReportedError[] | undefined,
  options: Options,
): NotaryError | undefined {
  if (reported?.length !== 1) return undefined;
  const detail = reported[0]?.detail;
  if (!(detail instanceof Map)) return undefined;
  const fields = detail as JsonObject;
  const name = fields.get('Name');
  if (typeof name !== 'string' || !Object.hasOwn(validationErrors, name)) return undefined;
  const [code, prefix] = validationErrors[name] ?? ['VALIDATION', ''];
  const inner = fields.get('Error');
  const reason = inner instanceof Map ? text((inner as JsonObject).get('Msg')) : '';
  return new NotaryError(code, `${prefix}: ${reason}`, options);
}
