import { LRUCache } from 'lru-cache';
import { foldName } from './fold-name.ts';

/** Length of the prefix by which names are grouped. */
const GROUP_LENGTH = 2;
/** Sorted groups that are cached for paging. */
const MAX_SORTED = 8;

/** The names that begin with a prefix. */
export interface PrefixPage {
  /** Number of names. */
  readonly total: number;
  /** Prefixes that are one character longer, in order, each with its number of names. */
  readonly longer: readonly { readonly prefix: string; readonly count: number }[];
  /** One page of the names, in order. */
  readonly names: readonly string[];
}

interface SortedName {
  readonly name: string;
  readonly folded: string;
}

/**
 * Crate names by prefix. A single pass over all names finds the positions of each small group. A
 * group is sorted when it is first requested. Case is ignored, and `-` and `_` are the same.
 */
export class NameTree {
  readonly #names: string;
  /** Positions of the names in each group. */
  readonly #groups = new Map<string, number[]>();
  readonly #sorted = new LRUCache<string, readonly SortedName[]>({ max: MAX_SORTED });

  /**
   * @param names each between two newlines
   * @param folded the same string, folded character by character by {@link foldName}
   */
  constructor(names: string, folded: string) {
    this.#names = names;
    for (let start = 1; start < folded.length; start = folded.indexOf('\n', start) + 1) {
      const key = folded.slice(start, start + GROUP_LENGTH).trimEnd();
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, [start]);
      else group.push(start);
    }
  }

  page(prefix: string, offset: number, count: number): PrefixPage {
    const wanted = foldName(prefix);
    return wanted.length < GROUP_LENGTH
      ? this.#groupsBelow(wanted, offset, count)
      : this.#within(wanted, offset, count);
  }

  /** For a short prefix, which spans many groups. Sorts only the groups that the page needs. */
  #groupsBelow(wanted: string, offset: number, count: number): PrefixPage {
    const keys = [...this.#groups.keys()].filter((key) => key.startsWith(wanted)).sort();
    const counts = new Map<string, number>();
    const names: string[] = [];
    let total = 0;
    for (const key of keys) {
      const { length } = this.#groups.get(key) ?? [];
      const from = Math.max(0, offset - total);
      const room = count - names.length;
      if (room > 0 && from < length) names.push(...namesOf(this.#sortedGroup(key), from, room));
      total += length;
      addTo(counts, key, wanted.length + 1, length);
    }
    return { total, longer: listed(counts), names };
  }

  #within(wanted: string, offset: number, count: number): PrefixPage {
    const group = this.#sortedGroup(wanted.slice(0, GROUP_LENGTH));
    const matching =
      wanted.length === GROUP_LENGTH ? group : group.filter(({ folded }) => folded.startsWith(wanted));
    const counts = new Map<string, number>();
    for (const { folded } of matching) addTo(counts, folded, wanted.length + 1, 1);
    return { total: matching.length, longer: listed(counts), names: namesOf(matching, offset, count) };
  }

  #sortedGroup(key: string): readonly SortedName[] {
    const known = this.#sorted.get(key);
    if (known !== undefined) return known;
    const group = (this.#groups.get(key) ?? []).map((start) => {
      const name = this.#names.slice(start, this.#names.indexOf('\n', start));
      return { name, folded: foldName(name) };
    });
    const sorted = group.sort((a, b) => (a.folded < b.folded ? -1 : 1));
    this.#sorted.set(key, sorted);
    return sorted;
  }
}

function namesOf(group: readonly SortedName[], offset: number, count: number): string[] {
  return group.slice(offset, offset + count).map(({ name }) => name);
}

/**
 * Adds a name, or a group of names, to the count of its prefix of a given length. Skips names
 * shorter than that.
 */
function addTo(counts: Map<string, number>, folded: string, length: number, count: number): void {
  if (folded.length < length) return;
  const prefix = folded.slice(0, length);
  counts.set(prefix, (counts.get(prefix) ?? 0) + count);
}

function listed(counts: ReadonlyMap<string, number>): PrefixPage['longer'] {
  return [...counts].map(([prefix, count]) => ({ prefix, count }));
}
