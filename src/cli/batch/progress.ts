/** Shows the progress of a command over many repositories: one line on a terminal, gone when it is over. */

import type { Output } from '../../ports/files.ts';

const eraseLine = '\r\x1b[K';

/** The progress line is shown only where a line begins, and never among what commands write. */
export class Progress {
  readonly #terminal: Output;
  readonly #total: number;
  #done = 0;
  #shown = false;
  #atLineStart = true;

  /** @param terminal where the line is shown */
  constructor(terminal: Output, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** One more is done. */
  step(): void {
    this.#done++;
    this.#show();
  }

  /** Takes the line away for good. */
  end(): void {
    this.#hide();
    this.#done = this.#total;
  }

  /** An output that the line makes way for. */
  wrap(output: Output): Output {
    return {
      isTerminal: output.isTerminal,
      plain: output.plain,
      get columns() {
        return output.columns;
      },
      write: (chunk) => {
        if (chunk.length === 0) return;
        this.#hide();
        output.write(chunk);
        this.#atLineStart = chunk.at(-1) === (typeof chunk === 'string' ? '\n' : 0x0a);
        this.#show();
      },
      flush: () => output.flush(),
    };
  }

  #show(): void {
    if (!this.#atLineStart || this.#done === 0 || this.#done === this.#total) {
      this.#hide();
      return;
    }
    // The cursor goes back, so that what follows an interrupt starts at the edge.
    this.#terminal.write(`${this.#shown ? eraseLine : ''}${this.#done} of ${this.#total}\r`);
    this.#shown = true;
  }

  #hide(): void {
    if (this.#shown) this.#terminal.write(eraseLine);
    this.#shown = false;
  }
}
