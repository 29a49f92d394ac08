import { LRUCache } from 'lru-cache';
import { foldName } from './fold-name.ts';
import { NameTree } from './name-tree.ts';

/** Some of the names that a search finds. */
export interface NamePage {
  readonly names: readonly string[];
  /** How many there are in all. */
  readonly total: number;
}

/**
 * Searches whose matches are kept: those who leaf through them ask for one page after the other.
 */
const MAX_SEARCHES = 8;

/**
 * Crate names in one string, searched without an index: a quarter of a million take four megabytes,
 * and some milliseconds for a search that finds few of them.
 */
export class NameList {
  /** Each between two newlines. */
  readonly #names: string;
  /** The same, character by character, as a search compares them. */
  readonly #folded: string;
  #tree: NameTree | undefined;
  readonly #found = new LRUCache<string, Uint32Array>({ max: MAX_SEARCHES });

  /** @param names each with a newline */
  constructor(names: string) {
    this.#names = `\n${names}`;
    this.#folded = foldName(this.#names);
  }

  /**
   * Names that contain a text: the very one first, then those that begin with it, those of which a
   * word does, and the others. Case makes no difference, nor do `-`, `_` and a space. Every name
   * contains the empty text.
   */
  page(text: string, offset: number, count: number): NamePage {
    const wanted = foldName(text);
    const starts = this.#found.get(wanted) ?? this.#find(wanted);
    this.#found.set(wanted, starts);
    const names = Array.from(starts.subarray(offset, offset + count), (start) =>
      this.#names.slice(start + 1, this.#names.indexOf('\n', start + 1)),
    );
    return { names, total: starts.length };
  }

  /** The names by what they begin with: made when it is first asked for. */
  get tree(): NameTree {
    this.#tree ??= new NameTree(this.#names, this.#folded);
    return this.#tree;
  }

  /** @returns where the newline before each name is */
  #find(wanted: string): Uint32Array {
    const ranks: [number[], number[], number[], number[]] = [[], [], [], []];
    if (wanted.includes('\n')) return new Uint32Array();
    for (let at = this.#folded.indexOf(wanted, 1); at !== -1; ) {
      const end = this.#folded.indexOf('\n', at);
      if (end === -1) break;
      const start = this.#folded.lastIndexOf('\n', at - 1);
      ranks[this.#rankOf(wanted, at, end)].push(start);
      at = this.#folded.indexOf(wanted, end + 1);
    }
    return Uint32Array.from(ranks.flat());
  }

  /** @param at where a name has the text first. @param end of the name */
  #rankOf(wanted: string, at: number, end: number): 0 | 1 | 2 | 3 {
    if (this.#folded[at - 1] === '\n') return at + wanted.length === end ? 0 : 1;
    for (let next = at; next !== -1 && next < end; next = this.#folded.indexOf(wanted, next + 1))
      if (this.#folded[next - 1] === '-') return 2;
    return 3;
  }
}
