/**
 * Reads standard input for all of its readers: the next reader gets what the one before has left. It is not opened
 * before the first read.
 */

import type { ReadStream } from 'node:tty';
import { textOfBytes } from '../../encoding/byte-text.ts';
import { fileError, tooLong } from './file-errors.ts';

type InputStream = NodeJS.ReadableStream &
  Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>> & { destroy?(): unknown };

const none = Buffer.alloc(0);

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

export class StandardInput {
  readonly #open: () => InputStream;
  #stream: InputStream | undefined;
  /** What has come and is not taken yet, in pieces, since joining them again and again would take quadratic time. */
  #pieces: Buffer[] = [];
  /** In so many of them no line ends. */
  #searched = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(open: () => InputStream) {
    this.#open = open;
  }

  get isTerminal(): boolean {
    return (this.#stream ?? this.#open()).isTTY === true;
  }

  /** Switches echo, line editing and signal keys of a terminal off and on. */
  setRaw(raw: boolean): void {
    this.#attach().setRawMode?.(raw);
  }

  /**
   * One line without its end, a last line without an end included; bytes that are not UTF-8 are kept (`textOfBytes`).
   *
   * @param timeout milliseconds; a line that comes later stays for the next reader.
   * @returns undefined at the end of input or when the time is up.
   */
  async line(timeout?: number): Promise<string | undefined> {
    const deadline =
      timeout === undefined
        ? undefined
        : new Promise<false>((resolve) => {
            setTimeout(() => resolve(false), timeout).unref();
          });
    for (;;) {
      const end = this.#endOfLine();
      if (end !== -1) return textOfBytes(this.#take(end + 1).subarray(0, end)).replace(/\r$/, '');
      const more = await (deadline === undefined ? this.#more() : Promise.race([this.#more(), deadline]));
      if (!more) return this.#ended && this.#pieces.length > 0 ? textOfBytes(this.#takeAll()) : undefined;
    }
  }

  /** The next byte, or undefined at the end of input. */
  async byte(): Promise<number | undefined> {
    while (this.#pieces.length === 0) if (!(await this.#more())) return undefined;
    return this.#take(1)[0];
  }

  /** All that is left. @throws NotaryError FILE_UNREADABLE, also when it is longer than so many bytes */
  async rest(maxBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    do {
      const piece = this.#takeAll();
      length += piece.length;
      if (length > maxBytes) throw tooLong('/dev/stdin', maxBytes);
      pieces.push(piece);
    } while (await this.#more());
    return Buffer.concat(pieces);
  }

  /** Lets go of standard input, so that it does not keep the process alive. */
  close(): void {
    this.#stream?.destroy?.();
  }

  /** Where in all pieces together the first line feed stands; -1 when there is none. */
  #endOfLine(): number {
    for (
      let piece = this.#pieces[this.#searched];
      piece !== undefined;
      piece = this.#pieces[this.#searched]
    ) {
      const place = piece.indexOf(0x0a);
      if (place !== -1) return lengthOf(this.#pieces.slice(0, this.#searched)) + place;
      this.#searched++;
    }
    return -1;
  }

  #takeAll(): Buffer {
    return this.#take(lengthOf(this.#pieces));
  }

  #take(length: number): Buffer {
    let count = 0;
    let bytes = 0;
    for (; bytes < length; count++) bytes += this.#pieces[count]?.length ?? 0;
    const taken = this.#pieces.splice(0, count);
    const joined = taken.length === 1 ? (taken[0] ?? none) : Buffer.concat(taken);
    if (bytes > length) this.#pieces.unshift(joined.subarray(length));
    this.#searched = 0;
    return joined.subarray(0, length);
  }

  /** Waits for more bytes; false at the end of input. */
  async #more(): Promise<boolean> {
    const stream = this.#attach();
    for (;;) {
      const piece = stream.read() as Buffer | string | null;
      if (piece !== null) {
        if (piece.length > 0) this.#pieces.push(Buffer.from(piece));
        return true;
      }
      if (this.#failure !== undefined)
        throw fileError('FILE_UNREADABLE', 'read', '/dev/stdin', this.#failure);
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #attach(): InputStream {
    if (this.#stream !== undefined) return this.#stream;
    const stream = this.#open();
    this.#stream = stream;
    const wake = () => this.#wake?.();
    stream.on('readable', wake);
    stream.on('end', () => {
      this.#ended = true;
      wake();
    });
    stream.on('error', (error: Error) => {
      this.#failure = error;
      wake();
    });
    return stream;
  }
}
