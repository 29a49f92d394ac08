/**
 * Compares two versions by precedence (semver.org 2.0.0, section 11): build metadata makes no
 * difference.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (const [i, part] of a.core.entries()) {
    const order = compareNumbers(part, b.core[i] as string);
    if (order !== 0) return order;
  }
  return comparePreReleases(a.preRelease, b.preRelease);
}

export function isPreRelease(version: string): boolean {
  return partsOf(version).preRelease.length > 0;
}

interface Parts {
  readonly core: readonly string[];
  readonly preRelease: readonly string[];
}

function partsOf(version: string): Parts {
  const [precedence = ''] = version.split('+');
  const dash = precedence.indexOf('-');
  if (dash === -1) return { core: precedence.split('.'), preRelease: [] };
  return {
    core: precedence.slice(0, dash).split('.'),
    preRelease: precedence.slice(dash + 1).split('.'),
  };
}

function comparePreReleases(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (const [i, identifier] of one.entries()) {
    const against = other[i];
    if (against === undefined) return 1;
    const order = compareIdentifiers(identifier, against);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return compareNumbers(one, other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compareTexts(one, other);
}

/** Of any length, which a number does not hold. */
function compareNumbers(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+(?=\d)/, ''), other.replace(/^0+(?=\d)/, '')];
  return a.length === b.length ? compareTexts(a, b) : a.length - b.length;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
