/** Writes tar files for tests, also such as no honest program writes. */

/** An entry of a tar file, with what a hostile author would put into its header. */
export interface Entry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** The size that the header claims; default: that of the content. */
  readonly size?: number | string;
  /** The type flag; default: a file. */
  readonly type?: string;
  readonly link?: string;
  readonly prefix?: string;
}

/** The header, with a right checksum. */
function header({ name, content = '', size, type = '0', link = '', prefix = '' }: Entry): Buffer {
  const block = Buffer.alloc(512);
  const length = Buffer.byteLength(content);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  const claimed = size ?? length;
  block.write(
    typeof claimed === 'string' ? claimed : claimed.toString(8).padStart(11, '0'),
    124,
    12,
    'latin1',
  );
  block.write('00000000000', 136, 'latin1');
  block.fill(' ', 148, 156);
  block.write(type, 156, 1, 'latin1');
  block.write(link, 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 155, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A tar file of these entries. @param tail what follows them; default: the end of a tar file */
export function tarOf(entries: readonly Entry[], tail: Uint8Array = Buffer.alloc(1024)): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    return [header(entry), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, tail]);
}

/** The files in a tar, in their order. */
export function entriesOf(tar: Buffer): readonly (Entry & { readonly content: Buffer })[] {
  const found: (Entry & { readonly content: Buffer })[] = [];
  for (let place = 0; tar[place] !== 0; ) {
    const name = tar
      .subarray(place, place + 100)
      .toString('latin1')
      .replaceAll('\0', '');
    const size = Number.parseInt(tar.subarray(place + 124, place + 135).toString('latin1'), 8);
    found.push({ name, content: tar.subarray(place + 512, place + 512 + size) });
    place += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}
