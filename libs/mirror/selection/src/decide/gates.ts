import type { CrateLines, Entry } from '@crates-mirror/crates-index/files';
import { Denylist } from '@crates-mirror/denylist/denylist';
import type { SelectionData } from '../model/data.ts';
import type { Decision, Reason } from '../model/decision.ts';
import { NamePatterns } from '../model/name-pattern.ts';
import type { SelectionRules } from '../model/rules.ts';
import { publishedAt } from './publication.ts';

export type Refusal = Decision & { readonly isSelected: false };

/** Rules that override other selections: the denylist, excluded names, and age. */
export class Gates {
  readonly #data: Omit<SelectionData, 'chosen'>;
  readonly #exclude: NamePatterns | undefined;
  readonly #denylist: Denylist;

  constructor(data: Omit<SelectionData, 'chosen'>) {
    this.#data = data;
    const { exclude } = data.rules;
    this.#exclude = exclude.length === 0 ? undefined : new NamePatterns(exclude);
    this.#denylist = new Denylist(data.rules.denied);
  }

  /** Whether the denylist may exclude a version of a crate. */
  mayDeny(name: string): boolean {
    return this.#denylist.hasCrate(name);
  }

  /** @returns undefined if the denylist does not match it */
  refusalByDenylist(name: string, version: string): Refusal | undefined {
    const rule = this.#denylist.find(name, version);
    return rule && refused({ rule: 'denied', reason: rule.reason, since: rule.since });
  }

  /**
   * @returns a function that finds what excludes an entry of the crate besides the denylist;
   * undefined if nothing does
   */
  refusalsOf(crate: Pick<CrateLines, 'path' | 'content'>): (entry: Entry) => Refusal | undefined {
    const excluded = this.refusalOfCrate(crate.path);
    return (entry) => excluded ?? this.refusalByAge(crate, entry);
  }

  /** @param path of the crate's index file. @returns undefined if it is not excluded */
  refusalOfCrate(path: string): Refusal | undefined {
    if (this.#exclude === undefined) return undefined;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const excluded = this.#exclude.find(name);
    return excluded && refused({ rule: 'exclude', pattern: excluded.text });
  }

  /** @returns undefined if it is old enough */
  refusalByAge({ content }: Pick<CrateLines, 'content'>, entry: Entry): Refusal | undefined {
    const { rules, now } = this.#data;
    if (rules.minAge === undefined) return undefined;
    const time = publishedAt(content, entry);
    if (time === undefined) return refusalOfUnknown(rules);
    if (now - time >= rules.minAge) return undefined;
    return {
      ...refused({ rule: 'min-age', publishedAt: new Date(time) }),
      until: new Date(time + rules.minAge),
    };
  }
}

/**
 * Refuses versions published before `newerThan`. It applies only to versions selected by their
 * crate alone, because old versions may be needed as dependencies or pinned.
 */
export function refusalByDate(
  rules: SelectionRules,
  { content }: Pick<CrateLines, 'content'>,
  entry: Entry,
): Refusal | undefined {
  if (rules.newerThan === undefined) return undefined;
  const time = publishedAt(content, entry);
  if (time === undefined) return refusalOfUnknown(rules);
  return time < rules.newerThan ? refused({ rule: 'newer-than', publishedAt: new Date(time) }) : undefined;
}

function refusalOfUnknown({ minAgeUnknown }: SelectionRules): Refusal | undefined {
  return minAgeUnknown === 'allow' ? undefined : refused({ rule: 'min-age-unknown' });
}

export function refused(because: Reason): Refusal {
  return { isSelected: false, because };
}
