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
