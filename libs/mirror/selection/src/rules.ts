import type { DenyRule } from '@crates-mirror/denylist/denylist';

/** Which versions meet a dependency's requirement: all of them, or the newest of each range of compatible ones. */
export type DependencyVersions = 'all' | 'newest';

/** What is said of a selection, validated; plain data, so that it can cross to a worker thread. */
export interface SelectionRules {
  /** Patterns of crate names. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Files that name crates. */
  readonly names: readonly string[];
  /** Lock files of cargo's. */
  readonly cargoLocks: readonly string[];
  readonly includeYanked: boolean;
  /** Versions of each crate at most; undefined for all. */
  readonly latest: number | undefined;
  /** ms that must have passed since a version was published; undefined for no matter how many */
  readonly minAge: number | undefined;
  /** When a version must have been published at least, ms since the epoch. */
  readonly newerThan: number | undefined;
  /** bytes of a crate file at most; undefined for any */
  readonly maxSize: number | undefined;
  /** What becomes of versions whose time of publication is not known, where it matters. */
  readonly minAgeUnknown: 'allow' | 'deny';
  /** undefined: dependencies are not followed */
  readonly deps: DependencyVersions | undefined;
  readonly optionalDeps: boolean;
  readonly buildDeps: boolean;
  /** What a denylist names. */
  readonly denied: readonly DenyRule[];
}

/** Everything that is not yanked. */
export const NO_RULES: SelectionRules = {
  include: [],
  exclude: [],
  names: [],
  cargoLocks: [],
  includeYanked: false,
  latest: undefined,
  minAge: undefined,
  newerThan: undefined,
  maxSize: undefined,
  minAgeUnknown: 'deny',
  deps: undefined,
  optionalDeps: true,
  buildDeps: true,
  denied: [],
};

/** Whether nothing is said but what becomes of yanked versions: then no index file needs a second look. */
export function isPlain(rules: SelectionRules): boolean {
  // Dependencies add nothing to what is selected as a whole.
  const { include, exclude, names, cargoLocks, denied, latest, maxSize } = rules;
  const namesCrates = [include, exclude, names, cargoLocks, denied].some((list) => list.length > 0);
  return !namesCrates && latest === undefined && maxSize === undefined && !needsAge(rules);
}

/** Whether times of publication matter. */
export function needsAge({ minAge, newerThan }: SelectionRules): boolean {
  return minAge !== undefined || newerThan !== undefined;
}

/** Whether crates are selected by what a crate is called, or what it is needed for, and others are not. */
export function isNarrow({ include, names, cargoLocks }: SelectionRules): boolean {
  return include.length + names.length + cargoLocks.length > 0;
}
