import { type Entry, selectEntries } from '@crates-mirror/crates-index/files';
import { type Chosen, ChosenTable } from './chosen-table.ts';
import type { Decision, Reason } from './decision.ts';
import { newestOf } from './latest.ts';
import { type NamePattern, parseNamePattern } from './name-pattern.ts';
import { publishedAt } from './publication.ts';
import { isNarrow, isPlain, needsAge, type SelectionRules } from './rules.ts';

/** A selection as it crosses to a worker thread. */
export interface SelectionData {
  readonly rules: SelectionRules;
  /** A ChosenTable's memory; undefined where neither lists, nor lock files, nor dependencies choose anything. */
  readonly chosen: SharedArrayBuffer | undefined;
  /** When the run began, ms since the epoch: of one crate, all threads see the same age. */
  readonly now: number;
}

/** An index file, read. */
export interface CrateLines {
  /** Below the index root. */
  readonly path: string;
  readonly content: Buffer;
  /** Those that count. */
  readonly entries: readonly Entry[];
}

/**
 * The one policy: decides whether a version is mirrored, served, exported and packed, and why. Of the rules, the first that
 * applies decides:
 *
 * 1. `exclude` keeps a crate out.
 * 2. `minAge` and `newerThan` keep a version out, also one that a lock file pins or that is a dependency.
 * 3. What lock files pin and what is needed as a dependency is in, yanked or not.
 * 4. Only crates of `names` and `include` are in. Where these and lock files are missing, all are.
 * 5. Yanked versions are out unless they are asked for.
 * 6. `latest` counts what is left.
 */
export class Selection {
  readonly data: SelectionData;
  readonly #include: readonly NamePattern[];
  readonly #exclude: readonly NamePattern[];
  readonly #chosen: ChosenTable | undefined;

  constructor(data: SelectionData) {
    this.data = data;
    this.#include = data.rules.include.map(parseNamePattern);
    this.#exclude = data.rules.exclude.map(parseNamePattern);
    this.#chosen = data.chosen === undefined ? undefined : new ChosenTable(data.chosen);
  }

  /** Whether a version is selected by its `yanked` alone. */
  get isPlain(): boolean {
    return isPlain(this.data.rules);
  }

  /** The entries of a crate that are selected, in their order. */
  select(crate: CrateLines): readonly Entry[] {
    if (this.isPlain) return selectEntries(crate.entries, this.data.rules.includeYanked);
    const decisions = this.decide(crate);
    return crate.entries.filter((_, i) => decisions[i]?.isSelected === true);
  }

  /** @returns one for each entry, in their order */
  decide(crate: CrateLines): readonly Decision[] {
    const name = crate.path.slice(crate.path.lastIndexOf('/') + 1);
    const excluded = this.#exclude.find((pattern) => pattern.matches(name));
    if (excluded !== undefined)
      return crate.entries.map(() => out({ rule: 'exclude', pattern: excluded.text }));
    const chosen = this.#chosen?.get(crate.path);
    const because = this.#reasonFor(name, chosen);
    const decisions = crate.entries.map(
      (entry) =>
        this.#byAge(crate, entry) ?? byChoice(entry, chosen) ?? this.#byCrate(entry, because, chosen),
    );
    return this.#limited(crate.entries, decisions);
  }

  /** Why the crate as a whole is selected; undefined where it is not. */
  #reasonFor(name: string, chosen: Chosen | undefined): Reason | undefined {
    if (chosen?.isNamed === true) return { rule: 'names' };
    const included = this.#include.find((pattern) => pattern.matches(name));
    if (included !== undefined) return { rule: 'include', pattern: included.text };
    return isNarrow(this.data.rules) ? undefined : { rule: 'everything' };
  }

  #byAge({ content }: CrateLines, entry: Entry): Decision | undefined {
    const { rules, now } = this.data;
    if (!needsAge(rules)) return undefined;
    const time = publishedAt(content, entry);
    if (time === undefined)
      return rules.minAgeUnknown === 'allow' ? undefined : out({ rule: 'min-age-unknown' });
    const { minAge = 0, newerThan = Number.NEGATIVE_INFINITY } = rules;
    if (now - time < minAge)
      return {
        ...out({ rule: 'min-age', publishedAt: new Date(time) }),
        until: new Date(time + minAge),
      };
    return time < newerThan ? out({ rule: 'newer-than', publishedAt: new Date(time) }) : undefined;
  }

  #byCrate({ yanked }: Entry, because: Reason | undefined, chosen: Chosen | undefined): Decision {
    if (because === undefined) return out({ rule: chosen === undefined ? 'not-named' : 'not-needed' });
    if (yanked && !this.data.rules.includeYanked) return out({ rule: 'yanked' });
    return { isSelected: true, because };
  }

  /** Leaves out what is too old; what a lock file pins, or is a dependency, is in however old it is, and counts. */
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
      return out({ rule: 'latest', count: latest });
    });
  }
}

function byChoice({ version }: Entry, chosen: Chosen | undefined): Decision | undefined {
  if (chosen?.locked.includes(version) === true) return { isSelected: true, because: { rule: 'cargo-lock' } };
  if (chosen?.needed.includes(version) === true) return { isSelected: true, because: { rule: 'deps' } };
  return undefined;
}

function isChosen({ because: { rule } }: Decision): boolean {
  return rule === 'cargo-lock' || rule === 'deps';
}

function out(because: Reason): Decision & { readonly isSelected: false } {
  return { isSelected: false, because };
}
