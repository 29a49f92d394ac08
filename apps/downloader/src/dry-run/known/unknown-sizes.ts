import { checksumWords } from './size-table.ts';

/** Collects the checksums of crate files whose size is not known, as far as anybody wants them. */
export class UnknownSizes {
  readonly #isWanted: boolean;
  #words: number[] = [];

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  /** @param sha256 called only where they are wanted */
  add(sha256: () => string | undefined): void {
    if (!this.#isWanted) return;
    const checksum = sha256();
    if (checksum !== undefined) this.#words.push(...checksumWords(checksum));
  }

  /** Those since the last call, two words of each. */
  take(): Uint32Array {
    const words = Uint32Array.from(this.#words);
    this.#words = [];
    return words;
  }
}
