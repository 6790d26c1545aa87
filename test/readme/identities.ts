/** Key IDs on a page and the ones of the run at hand, which stand in the same places of what is shown. */

const identity = /\b[0-9a-f]{64}\b/g;

export class Identities {
  readonly #actual = new Map<string, string>();
  #last: string | undefined;

  /** Learns which ID of the run is which of the page, from two texts that are alike otherwise. */
  learn(page: string, actual: string): void {
    const ids = actual.match(identity) ?? [];
    for (const [index, id] of (page.match(identity) ?? []).entries()) {
      const found = ids[index];
      if (found !== undefined && !this.#actual.has(id)) this.#actual.set(id, found);
    }
    this.#last = ids.at(-1) ?? this.#last;
  }

  /** A command of the page with the IDs of the run. Of an ID that the page has not shown before, throws an Error. */
  inCommand(command: string): string {
    return command.replace(identity, (id) => {
      const found = this.#actual.get(id);
      if (found === undefined) throw new Error(`an ID that nothing above has shown: ${id}`);
      return found;
    });
  }

  /** Likewise while the page is being written: an unknown ID is the one that was shown last. */
  inNewCommand(command: string): string {
    return command.replace(identity, (id) => this.#actual.get(id) ?? this.#last ?? id);
  }
}
