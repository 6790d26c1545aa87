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
      hint: hintFor(text),
    });
  }
  return text as Gun;
}

function hintFor(text: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\/(.+)$/i.exec(text)?.[1];
  if (address === undefined) return 'A GUN looks like docker.io/user/image.';
  return `A GUN has no scheme: ${JSON.stringify(address)}. It looks like docker.io/user/image.`;
}

/**
 * The GUN without what looks like a tag or a digest of docker at its end; undefined when there is none. Notary 0.7.0
 * takes it for a part of the name, so that `image` and `image:1.0` are two repositories.
 */
export function withoutTag(gun: string): string | undefined {
  return /^(.+\/[^/:@]+)[:@][^/]*$/.exec(gun)?.[1];
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
