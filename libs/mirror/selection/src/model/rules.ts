import type { DenyRule } from '@crates-mirror/denylist/denylist';

/**
 * Which versions that meet a dependency's requirement are selected: all of them, or the newest of
 * each range of compatible ones.
 */
export type DependencyVersions = 'all' | 'newest';

/** The validated rules of a selection, as plain data that can be sent to a worker thread. */
export interface SelectionRules {
  /** Patterns of crate names. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Files that list crates. */
  readonly names: readonly string[];
  /** Lock files of cargo. */
  readonly cargoLocks: readonly string[];
  readonly includeYanked: boolean;
  /** Maximum number of versions of each crate; undefined for all. */
  readonly latest: number | undefined;
  /** ms since a version was published, at least; undefined for any */
  readonly minAge: number | undefined;
  /** Earliest time of publication, ms since the epoch. */
  readonly newerThan: number | undefined;
  /** Maximum bytes of a crate file; undefined for any */
  readonly maxSize: number | undefined;
  /** How versions with an unknown publication time are treated, if age matters. */
  readonly minAgeUnknown: 'allow' | 'deny';
  /** undefined: dependencies are not followed */
  readonly deps: DependencyVersions | undefined;
  readonly optionalDeps: boolean;
  readonly buildDeps: boolean;
  /** Rules of the denylist. */
  readonly denied: readonly DenyRule[];
}

/** Selects everything that is not yanked. */
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

/** Whether the rules concern only yanked versions, so that index files need no second pass. */
export function isPlain(rules: SelectionRules): boolean {
  // If all crates are selected, following dependencies adds nothing.
  const { include, exclude, names, cargoLocks, denied, latest, maxSize } = rules;
  const namesCrates = [include, exclude, names, cargoLocks, denied].some((list) => list.length > 0);
  return !namesCrates && latest === undefined && maxSize === undefined && !needsAge(rules);
}

/** Whether publication times matter. */
export function needsAge({ minAge, newerThan }: SelectionRules): boolean {
  return minAge !== undefined || newerThan !== undefined;
}

/** Whether only some crates are selected, by their names or by lock files. */
export function isNarrow({ include, names, cargoLocks }: SelectionRules): boolean {
  return include.length + names.length + cargoLocks.length > 0;
}
