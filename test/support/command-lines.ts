/** Reads the command lines that help and documents show, as far as they use the shell. */

export interface ShownCommand {
  /** The words after `tsnotary`, without quotes. */
  readonly words: readonly string[];
  /** The file that `<` names. */
  readonly input: string | undefined;
  /** What a pipe brings: the words of `echo` before it. */
  readonly piped: string | undefined;
}

/** A word in quotes or bare, a here-substitution, or an operator. */
const token = /\s*(?:"([^"]*)"|'([^']*)'|(<\(|>>|&&|[|<>()])|([^\s"'|<>()&]+))/gy;

interface Token {
  readonly text: string;
  readonly operator: boolean;
}

function tokens(line: string): readonly Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(line); match !== null; match = token.exec(line)) {
    const [, double, single, operator, bare] = match;
    found.push({ text: double ?? single ?? operator ?? bare ?? '', operator: operator !== undefined });
    if (token.lastIndex === line.length) return found;
  }
  throw new Error(`a line for a shell that is not understood: ${line}`);
}

/** Every command of tsnotary in a line for a shell, also one inside quotes. */
export function shownCommands(line: string): readonly ShownCommand[] {
  const commands: ShownCommand[] = [];
  let words: string[] = [];
  let input: string | undefined;
  let redirected: string | undefined;
  let echoed: string | undefined;
  const end = (): void => {
    if (words[0] === 'tsnotary') commands.push({ words: words.slice(1), input, piped: echoed });
    echoed = words[0] === 'echo' ? words.slice(1).join(' ') : undefined;
    words = [];
    input = undefined;
  };
  for (const { text, operator } of tokens(line)) {
    if (redirected !== undefined) {
      if (redirected === '<') input = text;
      redirected = undefined;
    } else if (!operator) {
      words.push(text);
    } else if (text === '<' || text === '>' || text === '>>') {
      redirected = text;
    } else {
      end();
    }
  }
  end();
  // `echo 'source <(tsnotary …)' >> FILE` shows a line within a line.
  const within = tokens(line).filter(({ text, operator }) => !operator && text.includes('(tsnotary '));
  return [...commands, ...within.flatMap(({ text }) => shownCommands(text))];
}
