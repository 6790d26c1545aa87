/** Reads one comma-separated line, the form of list flags, by the rules of Go's encoding/csv. */

import { utf8 } from '../encoding/bytes.ts';
import { NotaryError } from '../errors.ts';

const quote = '"';

/**
 * The fields of the first line (Go's "record") of a text.
 *
 * @throws NotaryError INVALID_FLAG with Go's message; line and column count from 1, in bytes.
 */
export function readCsvRecord(text: string): readonly string[] {
  const lines = text.replaceAll('\r\n', '\n').replace(/\r$/, '').split('\n');
  const first = lines.findIndex((line) => line !== '');
  if (first === -1) throw new NotaryError('INVALID_FLAG', 'EOF');
  return new RecordReader(lines, first).fields();
}

class RecordReader {
  readonly #lines: readonly string[];
  readonly #start: number;
  #line: number;
  #at = 0;

  constructor(lines: readonly string[], start: number) {
    this.#lines = lines;
    this.#start = start;
    this.#line = start;
  }

  fields(): readonly string[] {
    const fields: string[] = [];
    do {
      fields.push(this.#text.startsWith(quote, this.#at) ? this.#quoted() : this.#bare());
    } while (this.#comma());
    return fields;
  }

  get #text(): string {
    return this.#lines[this.#line] ?? '';
  }

  #comma(): boolean {
    if (this.#text[this.#at] !== ',') return false;
    this.#at++;
    return true;
  }

  #bare(): string {
    const comma = this.#text.indexOf(',', this.#at);
    const end = comma === -1 ? this.#text.length : comma;
    const field = this.#text.slice(this.#at, end);
    const stray = field.indexOf(quote);
    if (stray !== -1) throw this.#error(this.#at + stray, 'bare " in non-quoted-field');
    this.#at = end;
    return field;
  }

  #quoted(): string {
    let field = '';
    this.#at++;
    for (;;) {
      const end = this.#text.indexOf(quote, this.#at);
      if (end === -1) {
        field += this.#text.slice(this.#at);
        if (this.#line + 1 >= this.#lines.length || this.#lastLineIsEmpty()) {
          // The line end counts as a column when there is one.
          const end = this.#line + 1 < this.#lines.length ? 1 : 0;
          throw this.#error(this.#text.length, 'extraneous or missing " in quoted-field', end);
        }
        field += '\n';
        this.#line++;
        this.#at = 0;
        continue;
      }
      field += this.#text.slice(this.#at, end);
      const next = this.#text[end + 1];
      this.#at = end + 1;
      if (next === undefined || next === ',') return field;
      if (next !== quote) throw this.#error(end, 'extraneous or missing " in quoted-field');
      field += quote;
      this.#at++;
    }
  }

  #lastLineIsEmpty(): boolean {
    return this.#line + 2 === this.#lines.length && this.#lines[this.#line + 1] === '';
  }

  #error(index: number, reason: string, extra = 0): NotaryError {
    const column = utf8(this.#text.slice(0, index)).length + 1 + extra;
    const record = this.#start === this.#line ? '' : `record on line ${this.#start + 1}; `;
    const place = `${record}parse error on line ${this.#line + 1}, column ${column}`;
    return new NotaryError('INVALID_FLAG', `${place}: ${reason}`);
  }
}
