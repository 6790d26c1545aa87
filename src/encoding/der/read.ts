/**
 * Reads DER strictly (ITU-T X.690), with what X.509 certificates and PKCS#8 keys need.
 *
 * Every value has one encoding here: minimal lengths and integers, no indefinite length, no trailing
 * bytes, real calendar times. Whatever else comes along is refused with MALFORMED_DER.
 */

import { NotaryError } from '../../errors.ts';

/** Identifier octets; `0xa0 + n` is the constructed context tag `[n]`. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerNode {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** The value without identifier and length. */
  readonly content: Uint8Array;
  /** The whole encoding. */
  readonly raw: Uint8Array;
  /** The values inside a constructed one. @throws NotaryError MALFORMED_DER */
  children(): readonly DerNode[];
}

const maxDepth = 32;
/** Values within one: a certificate or key has no more than some dozens, and each of them takes memory. */
const maxChildren = 10_000;
/** Octets of one number of an OID: enough for 128 bits (ITU-T X.667). Longer ones would take quadratic time. */
const maxArcOctets = 19;

function malformed(message: string): NotaryError {
  return new NotaryError('MALFORMED_DER', `malformed DER: ${message}`);
}

/** Reads exactly one value. @throws NotaryError MALFORMED_DER */
export function readDer(bytes: Uint8Array): DerNode {
  const node = nodeAt(bytes, 0, 0);
  if (node.raw.length !== bytes.length) throw malformed('trailing data');
  return node;
}

function nodeAt(bytes: Uint8Array, at: number, depth: number): DerNode {
  const tag = bytes[at];
  if (tag === undefined) throw malformed('truncated identifier');
  if ((tag & 0x1f) === 0x1f) throw malformed('tag number above 30');
  const { start, length } = lengthAt(bytes, at + 1);
  const stop = start + length;
  if (stop > bytes.length) throw malformed('truncated value');
  const content = bytes.subarray(start, stop);
  return { tag, content, raw: bytes.subarray(at, stop), children: () => childrenOf(tag, content, depth + 1) };
}

function lengthAt(bytes: Uint8Array, at: number): { readonly start: number; readonly length: number } {
  const first = bytes[at];
  if (first === undefined) throw malformed('truncated length');
  if (first < 0x80) return { start: at + 1, length: first };
  const count = first & 0x7f;
  if (count === 0) throw malformed('indefinite length');
  if (count > 4) throw malformed('length too large');
  let length = 0;
  for (let index = 1; index <= count; index++) {
    const octet = bytes[at + index];
    if (octet === undefined) throw malformed('truncated length');
    length = length * 256 + octet;
  }
  if (length < 0x80 || length < 256 ** (count - 1)) throw malformed('length not minimal');
  return { start: at + 1 + count, length };
}

function childrenOf(tag: number, content: Uint8Array, depth: number): readonly DerNode[] {
  if ((tag & 0x20) === 0) throw malformed(`tag 0x${tag.toString(16)} holds no other values`);
  if (depth > maxDepth) throw malformed(`nested deeper than ${maxDepth} levels`);
  const nodes: DerNode[] = [];
  for (let at = 0; at < content.length; ) {
    const node = nodeAt(content, at, depth);
    if (nodes.length === maxChildren) throw malformed(`more than ${maxChildren} values in one`);
    nodes.push(node);
    at += node.raw.length;
  }
  return nodes;
}

/** The node itself when it is there and has the tag. @throws NotaryError MALFORMED_DER naming `what` */
export function expectTag(node: DerNode | undefined, tag: number, what: string): DerNode {
  if (node === undefined) throw malformed(`${what} is missing`);
  if (node.tag !== tag) {
    throw malformed(`${what} has tag 0x${node.tag.toString(16)}, not 0x${tag.toString(16)}`);
  }
  return node;
}

/** The values of a SEQUENCE. @throws NotaryError MALFORMED_DER */
export function readSequence(node: DerNode | undefined, what: string): readonly DerNode[] {
  return expectTag(node, derTag.sequence, what).children();
}

/** The bytes of an OCTET STRING. @throws NotaryError MALFORMED_DER */
export function readOctets(node: DerNode | undefined, what: string): Uint8Array {
  return expectTag(node, derTag.octetString, what).content;
}

/** A BOOLEAN: 0x00 or 0xff, nothing else. @throws NotaryError MALFORMED_DER */
export function readBoolean(node: DerNode | undefined, what: string): boolean {
  const { content } = expectTag(node, derTag.boolean, what);
  const octet = content[0];
  if (content.length !== 1 || (octet !== 0 && octet !== 0xff)) throw malformed(`${what} is no boolean`);
  return octet === 0xff;
}

/** An INTEGER of any size, negative ones included. @throws NotaryError MALFORMED_DER */
export function readInteger(node: DerNode | undefined, what: string): bigint {
  const { content } = expectTag(node, derTag.integer, what);
  const [first, second] = content;
  if (first === undefined) throw malformed(`${what} is empty`);
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw malformed(`${what} is not minimal`);
  }
  const hex = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('hex');
  return BigInt.asIntN(content.length * 8, BigInt(`0x${hex}`));
}

/** A BIT STRING: its bytes and how many low bits of the last one do not count. @throws NotaryError MALFORMED_DER */
export function readBits(
  node: DerNode | undefined,
  what: string,
): { readonly bytes: Uint8Array; readonly unused: number } {
  const { content } = expectTag(node, derTag.bitString, what);
  const unused = content[0];
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  if (unused === undefined || unused > 7 || (last === undefined && unused > 0)) {
    throw malformed(`${what} has a wrong count of unused bits`);
  }
  if (last !== undefined && (last & ((1 << unused) - 1)) !== 0)
    throw malformed(`${what} has padding bits set`);
  return { bytes, unused };
}

/** An OBJECT IDENTIFIER in dotted form. @throws NotaryError MALFORMED_DER */
export function readOid(node: DerNode | undefined, what: string): string {
  const { content } = expectTag(node, derTag.oid, what);
  const numbers: bigint[] = [];
  let value = 0n;
  let octets = 0;
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) throw malformed(`${what} is not minimal`);
    if (++octets > maxArcOctets) throw malformed(`${what} has a number of more than 128 bits`);
    value = (value << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    numbers.push(value);
    value = 0n;
    octets = 0;
  }
  const [first, ...rest] = numbers;
  if (first === undefined || octets > 0) throw malformed(`${what} is truncated`);
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

/**
 * A UTCTime or GeneralizedTime in the forms of RFC 5280 (4.1.2.5: with seconds, without fraction, `Z`).
 *
 * @returns milliseconds since 1970
 * @throws NotaryError MALFORMED_DER, also for a time that no calendar has
 */
export function readTime(node: DerNode | undefined, what: string): number {
  if (node === undefined) throw malformed(`${what} is missing`);
  const general = node.tag === derTag.generalizedTime;
  if (!general) expectTag(node, derTag.utcTime, what);
  const text = Buffer.from(node.content).toString('latin1');
  const digits = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z$/.exec(
    general ? text : `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`,
  );
  if (digits === null) throw malformed(`${what} is no time`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number);
  const iso = `${digits.slice(1, 4).join('-')}T${digits.slice(4, 7).join(':')}.000Z`;
  // Years below 100 would be taken as 19xx by Date.UTC alone.
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  if (date.toISOString() !== iso) throw malformed(`${what} is no time`);
  return date.getTime();
}

/**
 * A character string. PrintableString takes `*` and `&` beyond its alphabet, as Go's crypto/x509 does.
 *
 * @throws NotaryError MALFORMED_DER for another tag or bytes that the type does not allow
 */
export function readText(node: DerNode | undefined, what: string): string {
  if (node === undefined) throw malformed(`${what} is missing`);
  const bytes = Buffer.from(node.content);
  const latin1 = bytes.toString('latin1');
  switch (node.tag) {
    case derTag.utf8String:
      if (!Buffer.from(bytes.toString('utf8')).equals(bytes)) throw malformed(`${what} is not UTF-8`);
      return bytes.toString('utf8');
    case derTag.printableString:
      if (!/^[-A-Za-z0-9 '()+,./:=?*&]*$/.test(latin1)) throw malformed(`${what} is not a PrintableString`);
      return latin1;
    case derTag.ia5String:
      if (bytes.some((octet) => octet > 0x7f)) throw malformed(`${what} is not an IA5String`);
      return latin1;
    case derTag.t61String:
      return latin1;
    case derTag.bmpString:
      if (bytes.length % 2 !== 0) throw malformed(`${what} is not a BMPString`);
      return bytes.swap16().toString('utf16le');
    default:
      throw malformed(`${what} has tag 0x${node.tag.toString(16)}, which is no text`);
  }
}
