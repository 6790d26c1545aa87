/** Parses the words that Go's `strconv.ParseBool` takes. */

const words: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

/** @returns undefined for any other text, which Go refuses */
export function parseBool(text: string): boolean | undefined {
  return words.get(text);
}
