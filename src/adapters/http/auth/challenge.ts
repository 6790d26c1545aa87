/** Reads `WWW-Authenticate` header fields (RFC 9110, 11.6.1). */

/** A scheme in lower case and its parameters, names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const space = /[ \t]*/y;
const separators = /[ \t,]*/y;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[1] ?? match[0];
  }

  /** The next word, if a parameter's `=` follows it. */
  parameterName(): string | undefined {
    const start = this.#at;
    const name = this.take(token);
    this.take(space);
    if (name !== undefined && this.#text[this.#at] === '=') {
      this.#at++;
      this.take(space);
      return name.toLowerCase();
    }
    this.#at = start;
    return undefined;
  }
}

/**
 * The challenges of all fields, in order. A field may hold several; what cannot be read ends its
 * field, and a parameter that is repeated keeps its first value.
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  return fields.flatMap(parseField);
}

function parseField(field: string): readonly Challenge[] {
  const scanner = new Scanner(field);
  const challenges: Challenge[] = [];
  for (;;) {
    scanner.take(separators);
    const scheme = scanner.done ? undefined : scanner.take(token);
    if (scheme === undefined) return challenges;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    for (;;) {
      scanner.take(separators);
      const name = scanner.parameterName();
      if (name === undefined) break;
      const value = scanner.take(quoted)?.replace(/\\(.)/g, '$1') ?? scanner.take(token);
      if (value === undefined) return challenges;
      if (!parameters.has(name)) parameters.set(name, value);
    }
  }
}

/** A token before a password; anything else cannot be met. */
export function preferredChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
