/**
 * A part of a version's core, or a numeric identifier. cargo allows 64 bits, more than a `number`
 * represents exactly.
 */
export type Numeric = number | bigint;

/** A parsed semantic version. */
export interface Version {
  readonly major: Numeric;
  readonly minor: Numeric;
  readonly patch: Numeric;
  /** Identifiers of the pre-release; empty for a release. */
  readonly pre: readonly (string | Numeric)[];
  /** Identifiers of the build metadata. */
  readonly build: readonly string[];
}

const SHAPE = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** @param text a version from the index. @throws RangeError if it is not a version */
export function parseVersion(text: string): Version {
  const [, major, minor, patch, pre, build] = SHAPE.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined)
    throw new RangeError(`not a version: ${text}`);
  return {
    major: numeric(major),
    minor: numeric(minor),
    patch: numeric(patch),
    pre: pre === undefined ? [] : preReleaseOf(pre),
    build: build === undefined ? [] : build.split('.'),
  };
}

export function preReleaseOf(text: string): (string | Numeric)[] {
  return text.split('.').map((part) => (/^\d+$/.test(part) ? numeric(part) : part));
}

export function numeric(digits: string): Numeric {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

/** Compares by semver's precedence, then by build metadata as cargo does. */
export function compareVersions(a: Version, b: Version): number {
  return compareCores(a, b) || comparePreReleases(a.pre, b.pre) || compareBuilds(a.build, b.build);
}

function compareCores(a: Version, b: Version): number {
  return order(a.major, b.major) || order(a.minor, b.minor) || order(a.patch, b.patch);
}

/**
 * Orders a release after its pre-releases, a number before a word, and a longer list of identifiers
 * after its prefix.
 */
export function comparePreReleases(a: Version['pre'], b: Version['pre']): number {
  if (a.length === 0 || b.length === 0) return order(b.length, a.length);
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    const isWord = typeof left === 'string';
    if (isWord !== (typeof right === 'string')) return isWord ? 1 : -1;
    const difference = order(left, right);
    if (difference !== 0) return difference;
  }
  return order(a.length, b.length);
}

/** The order of the `semver` crate, which cargo uses. semver.org does not order build metadata. */
function compareBuilds(a: readonly string[], b: readonly string[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    if (right === undefined) return 1;
    const difference = compareBuildParts(left, right);
    if (difference !== 0) return difference;
  }
  return order(a.length, b.length);
}

function compareBuildParts(a: string, b: string): number {
  const isNumber = /^\d+$/.test(a);
  if (isNumber !== /^\d+$/.test(b)) return isNumber ? -1 : 1;
  if (!isNumber) return order(a, b);
  return order(BigInt(a), BigInt(b)) || order(a.length, b.length);
}

function order<T extends string | Numeric>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The part that versions share if cargo treats them as compatible, so that it never uses two of
 * them side by side: `1`, `0.2`, `0.0.3`.
 */
export function compatibleRange({ major, minor, patch }: Version): string {
  if (major !== 0) return `${major}`;
  return minor === 0 ? `0.0.${patch}` : `0.${minor}`;
}

/** {@link compareVersions} for versions as text. */
export function compareVersionTexts(a: string, b: string): number {
  return compareVersions(parseVersion(a), parseVersion(b));
}

export function isPreRelease(text: string): boolean {
  return parseVersion(text).pre.length > 0;
}
