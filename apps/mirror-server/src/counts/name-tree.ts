import { LRUCache } from 'lru-cache';
import { foldName } from './fold-name.ts';

/** Characters of a prefix by which names are put into groups. */
const GROUP_LENGTH = 2;
/** Sorted groups that are kept for those who leaf through them. */
const MAX_SORTED = 8;

/** What begins with a prefix. */
export interface PrefixPage {
  /** How many names. */
  readonly total: number;
  /** Prefixes that are one character longer, in order, and how many names each has. */
  readonly longer: readonly { readonly prefix: string; readonly count: number }[];
  /** Some of the names, in order. */
  readonly names: readonly string[];
}

interface SortedName {
  readonly name: string;
  readonly folded: string;
}

/**
 * Crate names by what they begin with. One pass over all names finds where those of each small group are; a group is sorted
 * when it is first asked for. Case makes no difference, nor do `-` and `_`.
 */
export class NameTree {
  readonly #names: string;
  /** Where the names of each group begin. */
  readonly #groups = new Map<string, number[]>();
  readonly #sorted = new LRUCache<string, readonly SortedName[]>({ max: MAX_SORTED });

  /** @param names each between two newlines. @param folded the same, character by character, by {@link foldName} */
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

  /** Of a short prefix: names of many groups, which are sorted only as far as they are asked for. */
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

/** Counts a name, or a group of them, for its prefix of a length. What is just the shorter prefix has none. */
function addTo(counts: Map<string, number>, folded: string, length: number, count: number): void {
  if (folded.length < length) return;
  const prefix = folded.slice(0, length);
  counts.set(prefix, (counts.get(prefix) ?? 0) + count);
}

function listed(counts: ReadonlyMap<string, number>): PrefixPage['longer'] {
  return [...counts].map(([prefix, count]) => ({ prefix, count }));
}
