/** Edits a password line that is typed without echo: bytes in, the line or an interruption out. */

import { bytesOfText, textOfBytes } from '../../encoding/byte-text.ts';

const key = {
  interrupt: 0x03,
  backspace: 0x08,
  tab: 0x09,
  lineFeed: 0x0a,
  enter: 0x0d,
  killLine: 0x15,
  killWord: 0x17,
  escape: 0x1b,
  delete: 0x7f,
};

/** What a byte did to the line. */
export type Edit = 'more' | 'done' | 'interrupted';

/**
 * A hidden line under construction. Ctrl-D and other control keys do nothing, arrow and function keys
 * neither; Ctrl-U erases the line, Ctrl-W the last word.
 */
export class HiddenLine {
  #bytes: number[] = [];
  #escape: 'none' | 'begun' | 'sequence' = 'none';

  get text(): string {
    return textOfBytes(Buffer.from(this.#bytes));
  }

  feed(byte: number): Edit {
    if (this.#escape !== 'none') return this.#skipEscape(byte);
    switch (byte) {
      case key.enter:
      case key.lineFeed:
        return 'done';
      case key.interrupt:
        return 'interrupted';
      case key.backspace:
      case key.delete:
        this.#replace(Array.from(this.text).slice(0, -1).join(''));
        break;
      case key.killLine:
        this.#bytes = [];
        break;
      case key.killWord:
        this.#replace(withoutLastWord(this.text));
        break;
      case key.escape:
        this.#escape = 'begun';
        break;
      default:
        if (byte >= 0x20 || byte === key.tab) this.#bytes.push(byte);
    }
    return 'more';
  }

  #replace(text: string): void {
    this.#bytes = [...bytesOfText(text)];
  }

  /** Swallows `ESC [ … letter` and `ESC O letter`, as arrow and function keys send them. */
  #skipEscape(byte: number): Edit {
    if (this.#escape === 'begun') this.#escape = byte === 0x5b || byte === 0x4f ? 'sequence' : 'none';
    else if (byte >= 0x40 && byte <= 0x7e) this.#escape = 'none';
    return 'more';
  }
}

function withoutLastWord(text: string): string {
  const trimmed = text.trimEnd();
  let end = trimmed.length;
  while (end > 0 && trimmed.charAt(end - 1).trim() !== '') end--;
  return trimmed.slice(0, end);
}
