/** Brands the two IDs that a key has, so that one is not taken for the other. It stands apart from what computes them. */

declare const kind: unique symbol;

/** The ID under which metadata lists a key: lower-case hex SHA-256 over the key entry (Notary 0.7.0's TUF ID). */
export type ListedKeyId = string & { readonly [kind]: 'listed' };

/** The ID of the bare public key, which names key files and which users see. */
export type CanonicalKeyId = string & { readonly [kind]: 'canonical' };

/** An ID as metadata states it: whether it is that of its key is verified where the key is used. */
export function asListedKeyId(text: string): ListedKeyId {
  return text as ListedKeyId;
}

/** An ID as a file name, a record of this machine or the user states it: a key with another ID is not found by it. */
export function asCanonicalKeyId(text: string): CanonicalKeyId {
  return text as CanonicalKeyId;
}

/** Digits of a key ID: those of a SHA-256 in hexadecimal. */
export const keyIdDigits = 64;

/** Digits of the shortest prefix that stands for a key ID. */
export const minPrefixDigits = 7;

/** True for a key ID as Notary writes it: in small letters. */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** True for a key ID as people give it: in either case. */
export function isKeyIdInAnyCase(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

/** True for a key ID, or a prefix that is long enough to stand for one, in either case. */
export function isKeyIdPrefix(text: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(text);
}
