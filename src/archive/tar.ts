/**
 * Writes and reads the headers of a tar file (POSIX ustar). What it writes depends on names and sizes alone, so that the
 * same files give the same bytes: no owner, no time, mode 0644.
 */

import { latin1, utf8 } from '../encoding/bytes.ts';
import { archiveInvalid } from './archive-invalid.ts';

/** Bytes. Headers and contents begin at multiples of it. */
export const blockSize = 512;

/** Two empty blocks end a tar file. */
export const endOfTar = new Uint8Array(2 * blockSize);

/** Where the parts of a header stand: offset and length in bytes. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/** `ustar` as POSIX has it, and as GNU tar writes it. */
const magics = ['ustar\u000000', 'ustar  \u0000'];

/** The entry that a header announces. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** Bytes of its content. */
  readonly size: number;
}

/** Bytes from the end of a content to the next block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** The header of a file. @param name at most 100 bytes of ASCII. @param size bytes, less than 8 GiB */
export function tarHeader(name: string, size: number): Uint8Array {
  const header = new Uint8Array(blockSize);
  const put = (text: string, [offset]: readonly [number, number]) => header.set(utf8(text), offset);
  put(name, fields.name);
  put(octal(0o644, 7), fields.mode);
  put(octal(0, 7), fields.uid);
  put(octal(0, 7), fields.gid);
  put(octal(size, 11), fields.size);
  put(octal(0, 11), fields.mtime);
  put('0', fields.type);
  put('ustar\u000000', fields.magic);
  put(checksumText(header), fields.checksum);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** As every program writes it: six digits, a null and a blank. */
function checksumText(header: Uint8Array): string {
  return `${octal(checksumOf(header), 6)}\u0000 `;
}

/** The sum of all bytes, those of the checksum itself counted as blanks. */
function checksumOf(header: Uint8Array): number {
  const [start, length] = fields.checksum;
  return header.reduce(
    (sum, byte, index) => sum + (index >= start && index < start + length ? 0x20 : byte),
    0,
  );
}

/**
 * Reads a header. Only files and directories under a plain name are taken: no link, no sparse file, no extension.
 *
 * @returns undefined for an empty block, which ends the file
 * @throws NotaryError ARCHIVE_INVALID
 */
export function readTarHeader(header: Uint8Array, at: number): TarEntry | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const text = ([offset, length]: readonly [number, number]) => {
    const field = header.subarray(offset, offset + length);
    const end = field.indexOf(0);
    return latin1(end < 0 ? field : field.subarray(0, end));
  };
  const [magicAt, magicLength] = fields.magic;
  const magic = latin1(header.subarray(magicAt, magicAt + magicLength));
  if (!magics.includes(magic)) throw archiveInvalid(`it is no tar file: there is no header at byte ${at}`);
  const [sumAt, sumLength] = fields.checksum;
  if (latin1(header.subarray(sumAt, sumAt + sumLength)) !== checksumText(header))
    throw archiveInvalid(`the checksum of the header at byte ${at} is wrong`);
  const prefix = text(fields.prefix);
  const name = prefix === '' ? text(fields.name) : `${prefix}/${text(fields.name)}`;
  const kind = kinds[text(fields.type)];
  if (kind === undefined || text(fields.link) !== '')
    throw archiveInvalid(`${JSON.stringify(name)} is neither a file nor a directory`);
  const digits = text(fields.size).trimEnd();
  if (!/^[0-7]{1,11}$/.test(digits)) throw archiveInvalid(`the size of ${JSON.stringify(name)} is no number`);
  return { name, kind, size: Number.parseInt(digits, 8) };
}

const kinds: Readonly<Record<string, TarEntry['kind']>> = { '': 'file', '0': 'file', '5': 'directory' };
