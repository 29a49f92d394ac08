import { VersionReq } from '@crates-mirror/semver';

/** One `[[deny]]` of a denylist: plain data, so that it can cross to a worker thread. */
export interface DenyRule {
  readonly crate: string;
  /** A requirement as cargo writes it, or the versions themselves; undefined for all. */
  readonly versions: string | readonly string[] | undefined;
  readonly reason: string;
  /** `2026-11-02`; undefined where the file does not say. */
  readonly since: string | undefined;
}

type Test = (version: string) => boolean;

/** Versions that are neither fetched nor handed out, whatever the index says of them. */
export class Denylist {
  readonly rules: readonly DenyRule[];
  readonly #byCrate = new Map<string, { readonly rule: DenyRule; readonly has: Test }[]>();

  /** @param rules whose versions are requirements that parse */
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

  /** The rule that denies a version; undefined where none does. */
  find(name: string, version: string): DenyRule | undefined {
    return this.#byCrate.get(canonicalName(name))?.find(({ has }) => has(version))?.rule;
  }

  /** What either list denies. */
  with(other: Denylist): Denylist {
    return new Denylist([...this.rules, ...other.rules]);
  }
}

export const NOTHING_DENIED: Denylist = new Denylist([]);

/** crates.io takes names that differ in case, `-` and `_` for one: no two crates have such names. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** For people: what a client is told that asks for a denied version. */
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
  // Pre-releases too: cargo's own answer for most of them would be no.
  return requirement === undefined ? () => true : (version) => requirement.contains(version);
}
