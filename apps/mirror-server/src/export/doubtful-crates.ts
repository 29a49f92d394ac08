/** Crates whose index files have lines that make no sense: what versions they have besides, nobody can tell. */
export class DoubtfulCrates {
  readonly #prefixes = new Set<string>();

  /** @param file path of its index file, which is in lower case */
  add(file: string): void {
    this.#prefixes.add(`${file}-`);
  }

  /** Whether a crate file, in the cargo layout, may be of one of them. */
  mayHave(path: string): boolean {
    if (this.#prefixes.size === 0) return false;
    const folded = path.toLowerCase();
    // A name may have hyphens of its own.
    for (let end = folded.indexOf('-'); end !== -1; end = folded.indexOf('-', end + 1))
      if (this.#prefixes.has(folded.slice(0, end + 1))) return true;
    return false;
  }
}
