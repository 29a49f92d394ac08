/** Crates whose index files have malformed lines, so that their list of versions is incomplete. */
export class DoubtfulCrates {
  readonly #prefixes = new Set<string>();

  /** @param file path of its index file, in lower case */
  add(file: string): void {
    this.#prefixes.add(`${file}-`);
  }

  /** Whether a crate file in the cargo layout may belong to one of them. */
  mayHave(path: string): boolean {
    if (this.#prefixes.size === 0) return false;
    const folded = path.toLowerCase();
    // A name may contain hyphens.
    for (let end = folded.indexOf('-'); end !== -1; end = folded.indexOf('-', end + 1))
      if (this.#prefixes.has(folded.slice(0, end + 1))) return true;
    return false;
  }
}
