/** Takes out of printed text what differs from run to run, so that two clients can be compared. */

/** Numbers key IDs by first appearance, keeping their width, and blanks out times and ports. */
export function normaliser(): (text: string) => string {
  const ids = new Map<string, string>();
  const placeholder = (id: string): string => {
    const found = ids.get(id);
    if (found !== undefined) return found;
    const made = `<id ${ids.size + 1}>`.padEnd(id.length, '.');
    ids.set(id, made);
    return made;
  };
  return (text) =>
    text
      // Notary names one of the two hashes at random.
      .replace(
        /sha(256|512) checksum for (\S+) did not match: expected [0-9a-f]+/g,
        'checksum for $2 did not match',
      )
      .replace(/\b[0-9a-f]{64}\b/g, placeholder)
      .replace(/with ID [0-9a-f]{7}\b/g, 'with ID <short>')
      .replace(/time="[^"]*"/g, 'time=<T>')
      .replace(/until \d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?/g, 'until <T>')
      .replace(/localhost:\d+/g, 'HOST')
      .replace(/\/\S*(\S{12}\/trust\/private)/g, '<home>$1');
}

/** Standard error without the records that only tsnotary has; they end in a code. */
export function withoutOwnRecords(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !/ code=[A-Z_0-9]+$/.test(line))
    .join('\n');
}
