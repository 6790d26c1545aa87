/** Checks the names of signers and of their keys (docker CLI 28.2.2). */

import { NotaryError } from '../errors.ts';
import { baseRoles } from '../metadata/role-name.ts';

const namePattern = /^[a-z0-9][a-z0-9_-]*$/;
/** The role of released tags, whose name no signer can have. */
const reserved = 'releases';

/** @throws NotaryError SIGNER_NAME_INVALID */
export function checkSignerName(name: string): void {
  checkName('signer', name);
  if (name === reserved)
    throw refused(name, `${reserved} is a reserved keyword, use a different signer name`);
}

/**
 * @param what `signer` or `key`, for the message
 * @throws NotaryError SIGNER_NAME_INVALID
 */
export function checkName(what: 'signer' | 'key', name: string): void {
  if (namePattern.test(name)) return;
  throw refused(
    name,
    `${what} name "${name}" must start with lowercase alphanumeric characters and can include "-" or "_" after the first character`,
  );
}

/**
 * A key of such a name would be taken for one of the repository, or could never sign. (Docker makes them.)
 *
 * @throws NotaryError SIGNER_NAME_INVALID
 */
export function checkNewKeyName(name: string): void {
  checkName('key', name);
  if (name !== reserved && !baseRoles.some((role) => role === name)) return;
  throw refused(name, `${name} is a reserved keyword, use a different key name`, {
    hint: `A key is named after its signer. ${name} is the name of a role that no signer can have.`,
  });
}

function refused(name: string, message: string, more: { readonly hint?: string } = {}): NotaryError {
  return new NotaryError('SIGNER_NAME_INVALID', message, { details: { name }, ...more });
}
