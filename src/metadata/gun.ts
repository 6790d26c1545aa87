/** Parses globally unique names of repositories. */

import { NotaryError } from '../errors.ts';

declare const gunBrand: unique symbol;
/** A name that has passed `parseGun`: safe as a relative path and as a part of a URL path. */
export type Gun = string & { readonly [gunBrand]: true };

/**
 * Accepts every name that Notary 0.7.0 can publish, refuses those that would leave the trust
 * directory or change the URL.
 *
 * @throws NotaryError INVALID_GUN
 */
export function parseGun(text: string): Gun {
  const reason = defect(text);
  if (reason !== undefined) {
    throw new NotaryError('INVALID_GUN', `invalid GUN ${JSON.stringify(text)}: ${reason}`, {
      details: { gun: text },
      hint: 'A GUN looks like docker.io/user/image.',
    });
  }
  return text as Gun;
}

function defect(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (Buffer.byteLength(text) > 255) return 'it is longer than 255 bytes';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return 'it contains a control character';
  if (!text.isWellFormed()) return 'it is not valid Unicode';
  if (text.startsWith('/')) return 'it starts with a slash';
  if (text.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'it has an empty, "." or ".." segment';
  }
  return undefined;
}
