/**
 * Compares what a program showed with what a transcript expects. Text is compared byte for byte but
 * for two marks: `‹prose›` stands for words that tsnotary says in its own way (alone on a line: one
 * or more lines), and between `‹either›`, `‹or›` and `‹end›`, each on a line, stand the texts that
 * the genuine program shows at random.
 */

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (line === '‹prose›') return '(?!\\n)[^]+?';
      return line.split('‹prose›').map(escape).join('[^\\n]*');
    })
    .join('\n');
}

/** Regular expression source for an expected text. */
export function patternOf(expected: string): string {
  return expected
    .split(/‹either›\n([^]*?)‹end›\n/)
    .map((text, index) =>
      index % 2 === 0 ? lines(text) : `(?:${text.split('‹or›\n').map(lines).join('|')})`,
    )
    .join('');
}

/** True when the text is what was expected. */
export function matches(expected: string, text: string): boolean {
  return new RegExp(`^${patternOf(expected)}$`).test(text);
}
