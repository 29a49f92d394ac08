import { comparePreReleases, type Part, parseVersion, toPart, type Version } from './version.ts';

/** crate semver takes no more (`VersionReq`). */
const MOST_COMPARATORS = 32;
const LONGEST = 1000;
const NUMBER = '(0|[1-9]\\d*)';
const WILD = '[*xX]';
const IDENTIFIER = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const SUFFIX = `(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?`;
/** `^1`, `>=1.2`, `1.*`, `1.2.*`, `=1.2.3-rc.1+build`. */
const COMPARATOR = new RegExp(
  `^(>=|<=|[=><~^])? *${NUMBER}(?:\\.(?:${NUMBER}(?:\\.(?:${NUMBER}${SUFFIX}|(${WILD})))?|(${WILD})(?:\\.${WILD})?))?$`,
);
const LARGEST_NUMBER = 2n ** 64n - 1n;

type Operator = '=' | '>' | '>=' | '<' | '<=' | '~' | '^';

interface Comparator {
  readonly operator: Operator;
  readonly major: Part;
  readonly minor: Part | undefined;
  readonly patch: Part | undefined;
  readonly preRelease: readonly string[];
}

/** A version requirement with the meaning that cargo gives it (The Cargo Book, "Specifying Dependencies"). */
export interface Requirement {
  /** As it was written. */
  readonly text: string;
  /** Whether cargo could choose this version for the requirement. */
  matches(version: string): boolean;
  /**
   * Whether the version lies within the bounds, pre-releases by their precedence too: cargo's own answer is no for any
   * pre-release of a version that no comparator names.
   */
  contains(version: string): boolean;
}

/** @returns the requirement, or in one phrase what is wrong with it */
export function parseRequirement(text: string): Requirement | string {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST) return `has more than ${LONGEST} characters`;
  if (/^[*xX]$/.test(trimmed)) return new Comparators(text, []);
  const parts = trimmed.split(',');
  // crate semver lets the list end in a comma.
  if (parts.length > 1 && parts.at(-1)?.trim() === '') parts.pop();
  if (parts.length > MOST_COMPARATORS) return `has more than ${MOST_COMPARATORS} comparators`;
  const comparators: Comparator[] = [];
  for (const part of parts) {
    const comparator = parseComparator(part.trim());
    if (comparator === undefined) return `is not a version requirement such as ">=1.2, <1.4" or "^1"`;
    comparators.push(comparator);
  }
  return new Comparators(text, comparators);
}

function parseComparator(text: string): Comparator | undefined {
  const match = COMPARATOR.exec(text);
  if (match === null) return undefined;
  const [, operator, major, minor, patch, preRelease, wildPatch, wildMinor] = match;
  if ([major, minor, patch].some((digits) => digits !== undefined && BigInt(digits) > LARGEST_NUMBER))
    return undefined;
  const isWild = wildPatch !== undefined || wildMinor !== undefined;
  return {
    operator: operator === undefined ? (isWild ? '=' : '^') : (operator as Operator),
    major: toPart(major as string),
    minor: minor === undefined ? undefined : toPart(minor),
    patch: patch === undefined ? undefined : toPart(patch),
    preRelease: preRelease?.split('.') ?? [],
  };
}

/** All of them must match; none matches everything. */
class Comparators implements Requirement {
  readonly text: string;
  readonly #comparators: readonly Comparator[];

  constructor(text: string, comparators: readonly Comparator[]) {
    this.text = text;
    this.#comparators = comparators;
  }

  matches(version: string): boolean {
    const parsed = parseVersion(version);
    if (!this.#comparators.every((comparator) => isMatch(comparator, parsed))) return false;
    return parsed.preRelease.length === 0 || this.#comparators.some((one) => names(one, parsed));
  }

  contains(version: string): boolean {
    const parsed = parseVersion(version);
    const release = { ...parsed, preRelease: [] };
    // 1.2.0-rc is one of 1.2, and comes before 1.2.0.
    return this.#comparators.every((one) => isMatch(one, one.patch === undefined ? release : parsed));
  }
}

/** Whether a comparator is about a pre-release of just this version: cargo matches no other pre-release. */
function names({ major, minor, patch, preRelease }: Comparator, { core }: Version): boolean {
  return preRelease.length > 0 && major === core[0] && minor === core[1] && patch === core[2];
}

/** Source: crate semver 1.0, `src/eval.rs`. */
function isMatch(comparator: Comparator, version: Version): boolean {
  switch (comparator.operator) {
    case '=':
      return isExact(comparator, version);
    case '>':
      return order(comparator, version) > 0;
    case '>=':
      return isExact(comparator, version) || order(comparator, version) > 0;
    case '<':
      return order(comparator, version) < 0;
    case '<=':
      return isExact(comparator, version) || order(comparator, version) < 0;
    case '~':
      return isTilde(comparator, version);
    case '^':
      return isCaret(comparator, version);
  }
}

function isExact({ major, minor, patch, preRelease }: Comparator, version: Version): boolean {
  const [a, b, c] = version.core;
  if (a !== major || b !== (minor ?? b) || c !== (patch ?? c)) return false;
  return comparePreReleases(version.preRelease, preRelease) === 0;
}

/** How a version stands to a comparator's; 0 also where a part that is left out does not decide. */
function order({ major, minor, patch, preRelease }: Comparator, version: Version): number {
  const [a, b, c] = version.core;
  if (a !== major) return a > major ? 1 : -1;
  if (minor === undefined) return 0;
  if (b !== minor) return b > minor ? 1 : -1;
  if (patch === undefined) return 0;
  if (c !== patch) return c > patch ? 1 : -1;
  return comparePreReleases(version.preRelease, preRelease);
}

function isTilde({ major, minor, patch, preRelease }: Comparator, version: Version): boolean {
  const [a, b, c] = version.core;
  if (a !== major || b !== (minor ?? b)) return false;
  if (patch !== undefined && c !== patch) return c > patch;
  return comparePreReleases(version.preRelease, preRelease) >= 0;
}

function isCaret({ major, minor, patch, preRelease }: Comparator, version: Version): boolean {
  const [a, b, c] = version.core;
  if (a !== major) return false;
  if (minor === undefined) return true;
  if (patch === undefined) return major > 0 ? b >= minor : b === minor;
  if (b !== minor) return major > 0 && b > minor;
  if (c !== patch) return (major > 0 || minor > 0) && c > patch;
  return comparePreReleases(version.preRelease, preRelease) >= 0;
}
