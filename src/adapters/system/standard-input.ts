/**
 * Standard input, shared by everything that reads it: what one reader leaves over is there for the
 * next. It is not touched before somebody asks for it.
 */

import type { ReadStream } from 'node:tty';
import { fileError } from './file-errors.ts';

type InputStream = NodeJS.ReadableStream &
  Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>> & { destroy?(): unknown };

export class StandardInput {
  readonly #open: () => InputStream;
  #stream: InputStream | undefined;
  #buffered = Buffer.alloc(0);
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
   * One line without its end, a last line without an end included.
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
      const end = this.#buffered.indexOf(0x0a);
      if (end !== -1)
        return this.#take(end + 1)
          .subarray(0, end)
          .toString('utf8')
          .replace(/\r$/, '');
      const more = await (deadline === undefined ? this.#more() : Promise.race([this.#more(), deadline]));
      if (!more)
        return this.#ended && this.#buffered.length > 0
          ? this.#take(this.#buffered.length).toString('utf8')
          : undefined;
    }
  }

  /** The next byte, or undefined at the end of input. */
  async byte(): Promise<number | undefined> {
    while (this.#buffered.length === 0) if (!(await this.#more())) return undefined;
    return this.#take(1)[0];
  }

  /** All that is left. @throws NotaryError FILE_UNREADABLE */
  async rest(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    do pieces.push(this.#take(this.#buffered.length));
    while (await this.#more());
    return Buffer.concat(pieces);
  }

  /** Lets go of standard input, so that it does not keep the process alive. */
  close(): void {
    this.#stream?.destroy?.();
  }

  #take(length: number): Buffer {
    const taken = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return taken;
  }

  /** Waits for more bytes; false at the end of input. */
  async #more(): Promise<boolean> {
    const stream = this.#attach();
    for (;;) {
      const piece = stream.read() as Buffer | string | null;
      if (piece !== null) {
        this.#buffered = Buffer.concat([this.#buffered, Buffer.from(piece)]);
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
