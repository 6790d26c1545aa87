/**
 * Writes the line in which the user answers a question, without a single escape sequence: the words of the question
 * once, then what is typed, with a backspace for what is taken back, as a terminal's own echo does it. Inquirer draws
 * the whole question anew for every key; this turns its drawings into the difference.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controlSequence = /\x1b\[[?\d;]*[A-Za-z]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const cursorColumn = /\x1b\[(\d+)G/g;

/** Nothing is wrapped in a terminal this wide: where lines end is the terminal's affair. */
export const endlessWidth = 1_000_000;

const back = (count: number): string => '\b'.repeat(Math.max(0, count));

export class AnswerLine {
  readonly #question: string;
  readonly #write: (text: string) => void;
  /** Rows of the question as they are drawn, without blanks at their ends. */
  readonly #rows: readonly string[];
  /** Where the answer begins in its row, in columns; known from the first drawing. */
  #start: number | undefined;
  #answer = '';
  #cursor = 0;
  #ended = false;

  /** @param write puts text on the terminal */
  constructor(question: string, write: (text: string) => void) {
    this.#question = question;
    this.#write = write;
    this.#rows = question.split('\n').map((row) => row.trimEnd());
  }

  /** Shows everything once more, below what another program has written. */
  again(): void {
    this.#write(this.#question + this.#answer + back(this.#answer.length - this.#cursor));
  }

  /** Nothing is drawn any more. */
  end(): void {
    this.#ended = true;
  }

  /** Takes a drawing of the question with the answer so far, or a move of the cursor. */
  draw(drawing: string): void {
    if (this.#ended) return;
    const column = Number(Array.from(drawing.matchAll(cursorColumn)).at(-1)?.[1] ?? Number.NaN) - 1;
    const text = drawing.replace(controlSequence, '');
    if (text === '') {
      if (!Number.isNaN(column)) this.#become(this.#answer, column - (this.#start ?? column));
      return;
    }
    if (!text.startsWith(this.#rows.join('\n'))) return;
    if (this.#start === undefined) {
      this.#start = column;
      this.#write(this.#question);
    }
    const lastOfQuestion = this.#question.slice(this.#question.lastIndexOf('\n') + 1);
    const row = text.split('\n')[this.#rows.length - 1] ?? '';
    const cursor = column - this.#start;
    // Blanks at the end are not drawn; where the cursor is tells of them.
    this.#become(row.slice(lastOfQuestion.length).padEnd(cursor), cursor);
  }

  #become(answer: string, column: number): void {
    const before = this.#answer;
    const cursor = Math.max(0, Math.min(column, answer.length));
    const same = answer === before ? cursor : commonLength(answer, before);
    const rest = answer === before ? '' : answer.slice(same).padEnd(before.length - same);
    const shown =
      before.slice(this.#cursor, same) + back(this.#cursor - same) + rest + back(same + rest.length - cursor);
    if (shown !== '') this.#write(shown);
    this.#answer = answer;
    this.#cursor = cursor;
  }
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
