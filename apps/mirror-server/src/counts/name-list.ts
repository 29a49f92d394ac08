import { LRUCache } from 'lru-cache';
import { foldName } from './fold-name.ts';
import { NameTree } from './name-tree.ts';

/** One page of the names that match a search. */
export interface NamePage {
  readonly names: readonly string[];
  /** Total number of matches. */
  readonly total: number;
}

/** Searches whose matches are cached, because paging through results repeats the same search. */
const MAX_SEARCHES = 8;

/**
 * Crate names in one string, searched without an index. A quarter of a million names take four
 * megabytes, and a search with few matches takes some milliseconds.
 */
export class NameList {
  /** Each name is between two newlines. */
  readonly #names: string;
  /** The same string, folded character by character for comparison. */
  readonly #folded: string;
  #tree: NameTree | undefined;
  readonly #found = new LRUCache<string, Uint32Array>({ max: MAX_SEARCHES });

  /** @param names each followed by a newline */
  constructor(names: string) {
    this.#names = `\n${names}`;
    this.#folded = foldName(this.#names);
  }

  /**
   * Names that contain a text: first the exact match, then names that begin with it, then names
   * with a word that begins with it, then all others. Case is ignored, and `-`, `_` and space are
   * the same. Every name contains the empty text.
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

  /** The names grouped by prefix, built on first use. */
  get tree(): NameTree {
    this.#tree ??= new NameTree(this.#names, this.#folded);
    return this.#tree;
  }

  /** @returns the position of the newline before each name */
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

  /** @param at first position of the text in the name. @param end end of the name */
  #rankOf(wanted: string, at: number, end: number): 0 | 1 | 2 | 3 {
    if (this.#folded[at - 1] === '\n') return at + wanted.length === end ? 0 : 1;
    for (let next = at; next !== -1 && next < end; next = this.#folded.indexOf(wanted, next + 1))
      if (this.#folded[next - 1] === '-') return 2;
    return 3;
  }
}
