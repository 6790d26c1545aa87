/**
 * Reads the progress of a push or a pull: one JSON object a line, until the engine ends the stream.
 *
 * Lines are shown as docker shows them without a terminal; what was pushed is in `aux`, a failure in `errorDetail`
 * (Docker Engine API, ImagePush).
 */

import { asObject, readJson } from '../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { PushedImage } from '../../ports/engine.ts';

export interface ProgressOptions {
  /** Takes each line that docker would print; control characters are blanks. */
  readonly show: (line: string) => void;
  /** Takes secrets out of what the engine says. */
  readonly redact: (text: string) => string;
}

const maxLine = 1024 * 1024;
const maxShownLines = 100_000;
const maxPushed = 100;
const maxShown = 2000;
const lineEnd = 0x0a;

/** The reader of one stream. */
export class Progress {
  readonly pushed: PushedImage[] = [];
  readonly #options: ProgressOptions;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #shown = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** @throws NotaryError ENGINE_REFUSED with the failure that the engine reports, or for what is no progress */
  take(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#line();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The last line needs no end. @throws as `take` */
  end(): void {
    this.#line();
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length > maxLine) throw notUnderstood('a line without an end');
    if (piece.length > 0) this.#pieces.push(Uint8Array.from(piece));
  }

  #line(): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    if (bytes.toString('latin1').trim() === '') return;
    const message = parseLine(bytes);
    const failure = failureOf(message);
    if (failure !== undefined)
      throw new NotaryError('ENGINE_REFUSED', visible(this.#options.redact(failure)));
    const aux = message.get('aux');
    if (aux !== undefined && aux !== null) this.#notePushed(aux);
    else this.#show(renderedLine(message));
  }

  #notePushed(aux: JsonValue): void {
    const image = pushedImage(aux);
    if (image === undefined) return;
    if (this.pushed.length >= maxPushed) throw notUnderstood('more results than one push can have');
    this.pushed.push(image);
  }

  #show(text: string | undefined): void {
    if (text === undefined) return;
    this.#shown++;
    if (this.#shown > maxShownLines) throw notUnderstood('more lines than one image can need');
    this.#options.show(visible(this.#options.redact(text)));
  }
}

function parseLine(bytes: Uint8Array): JsonObject {
  try {
    return asObject(readJson(bytes, { fractions: true }), 'the line');
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw notUnderstood('a line that is no JSON object');
  }
}

function notUnderstood(what: string): NotaryError {
  return new NotaryError('ENGINE_REFUSED', `the Docker daemon sent ${what}`, {
    hint: 'What became of the image is not known: docker push says it.',
  });
}

/** `errorDetail`, or the older `error`, which docker itself passes over where it stands alone. */
function failureOf(message: JsonObject): string | undefined {
  const detail = message.get('errorDetail');
  const plain = message.get('error');
  if (isNothing(detail) && isNothing(plain)) return undefined;
  const members: JsonObject = detail instanceof Map ? (detail as JsonObject) : new Map();
  if (members.get('code') === 401) return 'authentication is required';
  const text = textOf(members.get('message')) || textOf(plain);
  return text === '' ? 'the Docker daemon reports a failure without words' : text;
}

function isNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}

/** Undefined for a note that is about something else. @throws NotaryError ENGINE_REFUSED for a result with other values */
function pushedImage(aux: JsonValue): PushedImage | undefined {
  if (!(aux instanceof Map)) return undefined;
  const members = aux as JsonObject;
  const [tag, digest, size] = ['Tag', 'Digest', 'Size'].map((name) => members.get(name));
  if (tag === undefined && digest === undefined) return undefined;
  const isDigest = typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest);
  if (
    typeof tag !== 'string' ||
    !isDigest ||
    typeof size !== 'number' ||
    !Number.isSafeInteger(size) ||
    size <= 0
  )
    throw notUnderstood('a result without a tag, a digest and a size');
  return { tag, digest, size };
}

/** A line as `docker push` prints it into a pipe; undefined for a bar of progress, which is for terminals. */
function renderedLine(message: JsonObject): string | undefined {
  const detail = message.get('progressDetail');
  if (detail instanceof Map && ['current', 'total'].some((name) => isPositive(detail.get(name))))
    return undefined;
  const [status, id, from, bar, stream] = ['status', 'id', 'from', 'progress', 'stream'].map((name) =>
    textOf(message.get(name)),
  );
  const lead = `${id ? `${id}: ` : ''}${from ? `(from ${from}) ` : ''}`;
  if (bar) return `${lead}${status ?? ''} ${bar}`;
  if (stream) return `${lead}${stream.replace(/\r?\n$/, '')}`;
  return `${lead}${status ?? ''}`;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Neither moves the cursor nor fills the screen. */
function visible(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').trimEnd();
  return line.length > maxShown ? `${line.slice(0, maxShown).replace(/[\ud800-\udbff]$/, '')}…` : line;
}
