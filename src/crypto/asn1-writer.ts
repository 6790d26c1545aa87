/** Writes pieces of DER with node-forge: only what makes certificates or writes private keys loads this. */

import forge from 'node-forge';

const { asn1 } = forge;
const { Class, Type } = asn1;

export type Asn1 = forge.asn1.Asn1;

/** node-forge keeps bytes in strings, one unit a byte. */
export function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** @param value the values in it, or its content, one unit a byte */
export function node(type: forge.asn1.Type, value: Asn1[] | string): Asn1 {
  return asn1.create(Class.UNIVERSAL, type, typeof value !== 'string', value);
}

export function sequence(...items: Asn1[]): Asn1 {
  return node(Type.SEQUENCE, items);
}

export function oid(dotted: string): Asn1 {
  return node(Type.OID, asn1.oidToDer(dotted).getBytes());
}

/** A context-specific tag, around values or in place of a type. */
export function tagged(tag: number, value: Asn1[] | string): Asn1 {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a context tag has no universal type
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, typeof value !== 'string', value);
}

/** A value as DER. */
export function toDer(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'latin1');
}
