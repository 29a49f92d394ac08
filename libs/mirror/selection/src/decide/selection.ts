import type { CrateLines, Entry } from '@crates-mirror/crates-index/files';
import { type Chosen, ChosenTable } from '../model/chosen-table.ts';
import type { SelectionData, Selector, SizeOf } from '../model/data.ts';
import type { Decision, Reason } from '../model/decision.ts';
import { NamePatterns } from '../model/name-pattern.ts';
import { isNarrow } from '../model/rules.ts';
import { Gates, type Refusal, refusalByDate, refused } from './gates.ts';
import { newestOf } from './latest.ts';

/**
 * The common policy: decides whether a version is mirrored, served, exported and packed, and why.
 * The first rule that applies decides:
 *
 * 1. Versions on a denylist are excluded.
 * 2. `exclude` excludes a crate.
 * 3. `minAge` excludes a version, even one that is pinned by a lock file or is a dependency.
 * 4. Versions that are pinned by lock files or needed as dependencies are selected, yanked or not.
 * 5. Only crates of `names` and `include` are selected. Without these and lock files, all are.
 * 6. Yanked versions are excluded unless they are requested.
 * 7. `newerThan` excludes versions.
 * 8. `latest` counts the remaining versions.
 * 9. `maxSize` excludes those of them that are larger, if their sizes are known.
 */
export class Selection implements Selector {
  readonly isPlain = false;
  readonly data: SelectionData;
  readonly #include: NamePatterns;
  readonly #gates: Gates;
  readonly #chosen: ChosenTable | undefined;

  constructor(data: SelectionData) {
    this.data = data;
    this.#include = new NamePatterns(data.rules.include);
    this.#gates = new Gates(data);
    this.#chosen = data.chosen === undefined ? undefined : new ChosenTable(data.chosen);
  }

  /** The selected entries of a crate, in their order. */
  readonly select = (crate: CrateLines, sizeOf?: SizeOf): readonly Entry[] => {
    const decisions = this.decide(crate, sizeOf);
    return crate.entries.filter((_, i) => decisions[i]?.isSelected === true);
  };

  /**
   * @param sizeOf sizes of crate files, if the caller knows them
   * @returns one decision for each entry, in their order
   */
  readonly decide = (crate: CrateLines, sizeOf?: SizeOf): readonly Decision[] => {
    const chosen = this.#chosen?.get(crate.path);
    const because = this.#reasonFor(crate.path, chosen);
    const refusalOf = this.#gates.refusalsOf(crate);
    const decisions = crate.entries.map((entry) => {
      const denial = this.denialOf(entry.name, entry.version);
      const decision =
        refusalOf(entry) ?? byChoice(entry.version, chosen) ?? this.#byCrate(crate, entry, because, chosen);
      return denial === undefined ? decision : { ...denial, isSelectedOtherwise: decision.isSelected };
    });
    return this.#fitting(crate, this.#limited(crate.entries, decisions), sizeOf);
  };

  /**
   * Maximum bytes of a version's crate file. Pinned versions and dependencies may have any size.
   */
  readonly maxSizeOf = (path: string, version: string): number | undefined => {
    const { maxSize } = this.data.rules;
    if (maxSize === undefined) return undefined;
    return byChoice(version, this.#chosen?.get(path)) === undefined ? maxSize : undefined;
  };

  /**
   * The decision on a version whose crate file is too large; undefined for any other.
   * @param path of its index file
   */
  refusalBySize(path: string, version: string, size: number): Refusal | undefined {
    const maxSize = this.maxSizeOf(path, version);
    return maxSize === undefined || size <= maxSize ? undefined : refused({ rule: 'max-size', size });
  }

  /**
   * Decides on a version that is not, or may not be, in the index.
   *
   * @param isServed whether a server serves versions that are not in the index
   */
  decideAbsent(name: string, version: string, isServed: boolean): Decision {
    const denied = this.denialOf(name, version);
    if (denied !== undefined) return denied;
    return isServed
      ? { isSelected: true, because: { rule: 'serve-removed' } }
      : refused({ rule: 'left-index' });
  }

  /** The decision on a denied version, which overrides all other rules; undefined for any other. */
  denialOf(name: string, version: string): Refusal | undefined {
    return this.#gates.refusalByDenylist(name, version);
  }

  /** Whether a version of a crate may be denied. */
  mayDeny(name: string): boolean {
    return this.#gates.mayDeny(name);
  }

  /** Why the crate as a whole is selected; undefined if it is not. */
  #reasonFor(path: string, chosen: Chosen | undefined): Reason | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (chosen?.isNamed === true) return { rule: 'names' };
    const included = this.#include.find(name);
    if (included !== undefined) return { rule: 'include', pattern: included.text };
    return isNarrow(this.data.rules) ? undefined : { rule: 'everything' };
  }

  #byCrate(
    crate: CrateLines,
    entry: Entry,
    because: Reason | undefined,
    chosen: Chosen | undefined,
  ): Decision {
    const { rules } = this.data;
    if (because === undefined) return refused({ rule: chosen === undefined ? 'not-named' : 'not-needed' });
    if (entry.yanked && !rules.includeYanked) return refused({ rule: 'yanked' });
    return refusalByDate(rules, crate, entry) ?? { isSelected: true, because };
  }

  #fitting(
    { path, entries }: CrateLines,
    decisions: readonly Decision[],
    sizeOf: SizeOf | undefined,
  ): readonly Decision[] {
    if (sizeOf === undefined || this.data.rules.maxSize === undefined) return decisions;
    return decisions.map((decision, i) => {
      const entry = entries[i];
      const size = decision.isSelected && entry !== undefined ? sizeOf(entry) : undefined;
      if (entry === undefined || size === undefined) return decision;
      return this.refusalBySize(path, entry.version, size) ?? decision;
    });
  }

  /**
   * Applies `latest`. Versions that are pinned or dependencies are selected regardless of their
   * age, but count.
   */
  #limited(entries: readonly Entry[], decisions: readonly Decision[]): readonly Decision[] {
    const { latest } = this.data.rules;
    if (latest === undefined) return decisions;
    const newest = newestOf(
      entries.filter((_, i) => decisions[i]?.isSelected === true),
      latest,
    );
    return decisions.map((decision, i) => {
      const entry = entries[i];
      if (!decision.isSelected || isChosen(decision) || entry === undefined || newest.has(entry))
        return decision;
      return refused({ rule: 'latest', count: latest });
    });
  }
}

function byChoice(version: string, chosen: Chosen | undefined): Decision | undefined {
  if (chosen?.locked.includes(version) === true) return { isSelected: true, because: { rule: 'cargo-lock' } };
  if (chosen?.needed.includes(version) === true) return { isSelected: true, because: { rule: 'deps' } };
  return undefined;
}

function isChosen({ because: { rule } }: Decision): boolean {
  return rule === 'cargo-lock' || rule === 'deps';
}
