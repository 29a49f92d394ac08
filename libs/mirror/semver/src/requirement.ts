import { comparePreReleases, type Numeric, numeric, preReleaseOf, type Version } from './version.ts';

type Operator = '^' | '~' | '=' | '>' | '>=' | '<' | '<=';

interface Comparator {
  readonly operator: Operator;
  readonly major: Numeric;
  /** undefined if omitted */
  readonly minor: Numeric | undefined;
  readonly patch: Numeric | undefined;
  readonly pre: Version['pre'];
}

/** A version requirement with cargo's meaning: all comparators must hold. `*` has none. */
export interface Requirement {
  readonly comparators: readonly Comparator[];
}

/** cargo's limit, which no requirement in the index exceeds. */
const MAX_COMPARATORS = 32;
const MAX_CHARACTERS = 1000;
const MAX_NUMBER = 2n ** 64n - 1n;
const NUMBER = '0|[1-9][0-9]*';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const COMPARATOR = new RegExp(
  `^(?<operator>\\^|~|=|>=|>|<=|<)?\\s*(?<major>${NUMBER})` +
    `(?:\\.(?:(?<minor>${NUMBER})(?:\\.(?:(?<patch>${NUMBER})(?:-(?<pre>${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?|[*xX]))?|[*xX](?:\\.[*xX])?))?$`,
);
const ANY = /^[*xX]$/;
const LEADING_ZERO = /(?:^|\.)0\d+(?:\.|$)/;

/**
 * Parses a requirement by the grammar of the `semver` crate, which cargo uses: `1.2` is `^1.2`,
 * commas mean "and", and there is no "or", no hyphen range and no space between two comparators.
 *
 * @returns undefined for a requirement that cargo rejects
 */
export function parseRequirement(text: string): Requirement | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARACTERS) return undefined;
  if (ANY.test(trimmed)) return { comparators: [] };
  const parts = trimmed.split(',');
  // The semver crate allows a trailing comma.
  if (parts.length > 1 && parts.at(-1)?.trim() === '') parts.pop();
  if (parts.length > MAX_COMPARATORS) return undefined;
  const comparators: Comparator[] = [];
  for (const part of parts) {
    const comparator = parseComparator(part.trim());
    if (comparator === undefined) return undefined;
    comparators.push(comparator);
  }
  return { comparators };
}

function parseComparator(text: string): Comparator | undefined {
  const { operator, major, minor, patch, pre } = COMPARATOR.exec(text)?.groups ?? {};
  if (major === undefined || (pre !== undefined && LEADING_ZERO.test(pre))) return undefined;
  if ([major, minor, patch].some((part) => part !== undefined && BigInt(part) > MAX_NUMBER)) return undefined;
  const isWild = /[*xX]$/.test(text) && patch === undefined;
  return {
    operator: operator === undefined ? (isWild ? '=' : '^') : (operator as Operator),
    major: numeric(major),
    minor: minor === undefined ? undefined : numeric(minor),
    patch: patch === undefined ? undefined : numeric(patch),
    pre: pre === undefined ? [] : preReleaseOf(pre),
  };
}

/**
 * Whether a version meets a requirement. A pre-release meets it only if a comparator has a
 * pre-release of the same major, minor and patch version. Build metadata is ignored.
 */
export function meets(version: Version, { comparators }: Requirement): boolean {
  for (const comparator of comparators) if (!holds(comparator, version)) return false;
  return version.pre.length === 0 || comparators.some((comparator) => namesPreRelease(comparator, version));
}

/**
 * Whether a version is within the bounds, including pre-releases by their precedence.
 * {@link meets}, in contrast, is false for pre-releases of versions that no comparator names.
 */
export function isWithinBounds(version: Version, { comparators }: Requirement): boolean {
  const release = { ...version, pre: [] };
  // 1.2.0-rc belongs to 1.2, but comes before 1.2.0.
  return comparators.every((comparator) =>
    holds(comparator, comparator.patch === undefined ? release : version),
  );
}

function namesPreRelease({ major, minor, patch, pre }: Comparator, version: Version): boolean {
  return pre.length > 0 && major === version.major && minor === version.minor && patch === version.patch;
}

function holds(comparator: Comparator, version: Version): boolean {
  switch (comparator.operator) {
    case '=':
      return isWithin(comparator, version);
    case '>':
      return isBeyond(comparator, version) > 0;
    case '>=':
      return isWithin(comparator, version) || isBeyond(comparator, version) > 0;
    case '<':
      return isBeyond(comparator, version) < 0;
    case '<=':
      return isWithin(comparator, version) || isBeyond(comparator, version) < 0;
    case '~':
      return isAtLeast(comparator, version, 'minor') && isNoEarlierPreRelease(comparator, version);
    case '^':
      return isCompatible(comparator, version);
  }
}

function isWithin({ major, minor, patch, pre }: Comparator, version: Version): boolean {
  return (
    major === version.major &&
    (minor === undefined || minor === version.minor) &&
    (patch === undefined || patch === version.patch) &&
    comparePreReleases(version.pre, pre) === 0
  );
}

/**
 * @returns positive if the version is after everything that the comparator covers, negative if
 * before, 0 if covered
 */
function isBeyond({ major, minor, patch, pre }: Comparator, version: Version): number {
  if (version.major !== major) return version.major > major ? 1 : -1;
  if (minor === undefined) return 0;
  if (version.minor !== minor) return version.minor > minor ? 1 : -1;
  if (patch === undefined) return 0;
  if (version.patch !== patch) return version.patch > patch ? 1 : -1;
  return comparePreReleases(version.pre, pre);
}

/** The part that must stay the same under a caret: the leftmost non-zero part, or the last one. */
function leftmost({ major, minor, patch }: Comparator): 'major' | 'minor' | 'patch' {
  if (major !== 0 || minor === undefined) return 'major';
  return minor !== 0 || patch === undefined ? 'minor' : 'patch';
}

/**
 * The meaning of a caret. For `^1` and `^1.2`, which have no patch, a pre-release of the version
 * makes no difference.
 */
function isCompatible(comparator: Comparator, version: Version): boolean {
  if (!isAtLeast(comparator, version, leftmost(comparator))) return false;
  return comparator.patch === undefined || isNoEarlierPreRelease(comparator, version);
}

/**
 * Whether the version is not before the comparator's core, and equal to it down to the part
 * `fixed`, as far as the comparator has these parts.
 */
function isAtLeast(comparator: Comparator, version: Version, fixed: 'major' | 'minor' | 'patch'): boolean {
  const { major, minor, patch } = comparator;
  if (version.major !== major) return false;
  if (minor === undefined) return true;
  if (version.minor !== minor) return fixed === 'major' && version.minor > minor;
  if (patch === undefined || version.patch === patch) return true;
  return fixed !== 'patch' && version.patch > patch;
}

function isNoEarlierPreRelease({ minor, patch, pre }: Comparator, version: Version): boolean {
  const isSameCore = (minor ?? version.minor) === version.minor && (patch ?? version.patch) === version.patch;
  return !isSameCore || comparePreReleases(version.pre, pre) >= 0;
}
