import { VersionReq } from '@crates-mirror/semver';

/** One `[[deny]]` of a denylist, as plain data that can be sent to a worker thread. */
export interface DenyRule {
  readonly crate: string;
  /** A requirement in cargo's syntax, or a list of versions; undefined for all. */
  readonly versions: string | readonly string[] | undefined;
  readonly reason: string;
  /** `2026-11-02`; undefined if not given. */
  readonly since: string | undefined;
}

type Test = (version: string) => boolean;

/** Versions that are neither fetched nor served, whatever the index says. */
export class Denylist {
  readonly rules: readonly DenyRule[];
  readonly #byCrate = new Map<string, { readonly rule: DenyRule; readonly has: Test }[]>();

  /** @param rules must have valid requirements */
  constructor(rules: readonly DenyRule[]) {
    this.rules = rules;
    for (const rule of rules) {
      const key = canonicalName(rule.crate);
      const known = this.#byCrate.get(key) ?? [];
      known.push({ rule, has: testOf(rule) });
      this.#byCrate.set(key, known);
    }
  }

  /** Whether any version of the crate is denied. */
  hasCrate(name: string): boolean {
    return this.#byCrate.has(canonicalName(name));
  }

  /** The rule that denies a version; undefined if there is none. */
  find(name: string, version: string): DenyRule | undefined {
    return this.#byCrate.get(canonicalName(name))?.find(({ has }) => has(version))?.rule;
  }

  /** The union of both lists. */
  with(other: Denylist): Denylist {
    return new Denylist([...this.rules, ...other.rules]);
  }
}

export const NOTHING_DENIED: Denylist = new Denylist([]);

/** crates.io treats names that differ only in case, `-` and `_` as equal. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** The message to a client that requests a denied version. */
export function describeDenial(
  name: string,
  version: string,
  { reason, since }: Pick<DenyRule, 'reason' | 'since'>,
): string {
  return `${name} ${version} is denied by this mirror${since === undefined ? '' : ` since ${since}`}: ${reason}`;
}

function testOf({ versions }: DenyRule): Test {
  if (versions === undefined) return () => true;
  if (typeof versions !== 'string') {
    const listed = new Set(versions);
    return (version) => listed.has(version);
  }
  const requirement = VersionReq.parse(versions);
  // Includes pre-releases, most of which cargo itself would not match.
  return requirement === undefined ? () => true : (version) => requirement.contains(version);
}
