/** How lock files, lists and dependencies select a crate. */
export interface Chosen {
  /** Whether a list names the crate. */
  readonly isNamed: boolean;
  /** Versions that a lock file pins. */
  readonly locked: readonly string[];
  /** Versions that are dependencies. */
  readonly needed: readonly string[];
}

const NAMED = '*';
const LOCKED = '=';
const WORD = Uint32Array.BYTES_PER_ELEMENT;

/**
 * Crates that were selected in advance, by index path, in one block of memory that all threads
 * share. Two million versions take a few tens of megabytes in total.
 */
export class ChosenTable {
  readonly memory: SharedArrayBuffer;
  readonly #starts: Uint32Array;
  readonly #text: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    const count = new Uint32Array(memory, 0, 1)[0] ?? 0;
    this.#starts = new Uint32Array(memory, WORD, count + 1);
    this.#text = Buffer.from(memory, (count + 2) * WORD);
  }

  /** @param crates by index path, each once */
  static of(crates: Iterable<readonly [path: string, chosen: Chosen]>): ChosenTable {
    // A space comes before everything that a path has: sorted rows are sorted paths. Names and
    // versions are ASCII.
    const rows = Array.from(crates, ([path, chosen]) => `${path} ${wordsOf(chosen).join(' ')}`).sort();
    const length = rows.reduce((sum, row) => sum + row.length, 0);
    const memory = new SharedArrayBuffer(length + (rows.length + 2) * WORD);
    const starts = new Uint32Array(memory, WORD, rows.length + 1);
    new Uint32Array(memory, 0, 1)[0] = rows.length;
    const text = Buffer.from(memory, (rows.length + 2) * WORD);
    let at = 0;
    for (const [i, row] of rows.entries()) {
      at += text.write(row, at, 'latin1');
      starts[i + 1] = at;
    }
    return new ChosenTable(memory);
  }

  /** Number of crates. */
  get size(): number {
    return this.#starts.length - 1;
  }

  /** All index paths, sorted bytewise. */
  *paths(): Generator<string> {
    for (let row = 0; row < this.size; row++) yield this.#pathOf(row);
  }

  /** @param path of an index file */
  get(path: string): Chosen | undefined {
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#pathOf(middle);
      if (found === path) return this.#chosenIn(middle);
      if (found < path) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #pathOf(row: number): string {
    const start = this.#starts[row] ?? 0;
    return this.#text.toString('latin1', start, this.#text.indexOf(' ', start));
  }

  #chosenIn(row: number): Chosen {
    const words = this.#text
      .toString('latin1', this.#starts[row], this.#starts[row + 1])
      .split(' ')
      .slice(1);
    return {
      isNamed: words[0] === NAMED,
      locked: words.filter((word) => word.startsWith(LOCKED)).map((word) => word.slice(1)),
      needed: words.filter((word) => word !== NAMED && word !== '' && !word.startsWith(LOCKED)),
    };
  }
}

function wordsOf({ isNamed, locked, needed }: Chosen): string[] {
  return [...(isNamed ? [NAMED] : []), ...locked.map((version) => LOCKED + version), ...needed];
}
