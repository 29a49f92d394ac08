/** Crate names in one string, searched without an index: a quarter of a million take four megabytes and a millisecond. */
export class NameList {
  /** Each between two newlines. */
  readonly #names: string;
  /** The same, character by character, as a search compares them. */
  readonly #folded: string;

  /** @param names each with a newline */
  constructor(names: string) {
    this.#names = `\n${names}`;
    this.#folded = fold(this.#names);
  }

  /** Names that contain a text: the very one first, then those that begin with it. Case, `-` and `_` make no difference. */
  search(text: string, most: number): { readonly names: readonly string[]; readonly isCut: boolean } {
    const wanted = fold(text);
    if (wanted === '' || wanted.includes('\n')) return { names: [], isCut: false };
    const found = new Set<number>();
    for (const needle of [`\n${wanted}\n`, `\n${wanted}`, wanted]) {
      const isWithin = needle === wanted;
      for (let at = this.#folded.indexOf(needle); at !== -1 && found.size <= most; ) {
        const start = isWithin ? this.#folded.lastIndexOf('\n', at) : at;
        found.add(start);
        at = this.#folded.indexOf(needle, isWithin ? this.#folded.indexOf('\n', at) : at + 1);
      }
    }
    const names = [...found].map((start) =>
      this.#names.slice(start + 1, this.#names.indexOf('\n', start + 1)),
    );
    return { names: names.slice(0, most), isCut: names.length > most };
  }
}

/** crates.io takes names for the same that differ in this only. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}
