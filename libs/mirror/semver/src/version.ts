/** A part of a version's core: a bigint only beyond what a number holds exactly, so that `===` compares values. */
export type Part = number | bigint;

/** A version's precedence: build metadata has none. */
export interface Version {
  readonly core: readonly [Part, Part, Part];
  /** Empty for a release. */
  readonly preRelease: readonly string[];
}

/** @param text a semantic version, such as the index has; zeros may lead */
export function parseVersion(text: string): Version {
  const [precedence = ''] = text.split('+', 1);
  const dash = precedence.indexOf('-');
  const core = dash === -1 ? precedence : precedence.slice(0, dash);
  const [major = '0', minor = '0', patch = '0'] = core.split('.');
  return {
    core: [toPart(major), toPart(minor), toPart(patch)],
    preRelease: dash === -1 ? [] : precedence.slice(dash + 1).split('.'),
  };
}

/** Compares two versions by precedence (semver.org 2.0.0, section 11): build metadata makes no difference. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  for (const [i, part] of a.core.entries()) {
    const order = compare(part, b.core[i] ?? 0);
    if (order !== 0) return order;
  }
  return comparePreReleases(a.preRelease, b.preRelease);
}

export function isPreRelease(version: string): boolean {
  return parseVersion(version).preRelease.length > 0;
}

/** A release comes after all of its pre-releases. */
export function comparePreReleases(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (const [i, identifier] of one.entries()) {
    const against = other[i];
    if (against === undefined) return 1;
    const order = compareIdentifiers(identifier, against);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

export function toPart(digits: string): Part {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return compare(toPart(one), toPart(other));
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compare(one, other);
}

function compare<Value extends Part | string>(one: Value, other: Value): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
