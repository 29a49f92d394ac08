import { checksumWords } from './size-table.ts';

/** Collects the checksums of crate files of unknown size, if they are wanted. */
export class UnknownSizes {
  readonly #isWanted: boolean;
  #words: number[] = [];

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  /** @param sha256 called only if the checksums are wanted */
  add(sha256: () => string | undefined): void {
    if (!this.#isWanted) return;
    const checksum = sha256();
    if (checksum !== undefined) this.#words.push(...checksumWords(checksum));
  }

  /** Returns the checksums collected since the last call, two words for each. */
  take(): Uint32Array {
    const words = Uint32Array.from(this.#words);
    this.#words = [];
    return words;
  }
}
