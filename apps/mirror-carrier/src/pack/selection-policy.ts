import type { CrateFiles } from '@crates-mirror/crate-files';
import { type CrateLines, type Entry, type IndexSource, indexPath } from '@crates-mirror/crates-index';
import { loadDenylist } from '@crates-mirror/denylist';
import { mirrorHome } from '@crates-mirror/layout';
import { type ReasonCode, type Removal, RemovalJournal } from '@crates-mirror/removals';
import { describeReason, NO_RULES, Selection, type SelectionRules } from '@crates-mirror/selection';
import { openSelection } from '@crates-mirror/selection/selector';
import { spellingOf } from '@crates-mirror/selection/spelling';
import { wantedBy } from '@crates-mirror/sparse-index';
import type { PackOptions } from '../options.ts';
import type { PackPolicy, Refused } from './refusals.ts';

/** Reasons of the mirror's own removals that the index does not show. */
const POLICY_REASONS: readonly ReasonCode[] = ['not_selected', 'denied'];

/**
 * What a parcel carries: the common policy of all tools, and what the mirror itself has removed.
 */
export class SelectionPolicy implements PackPolicy {
  readonly #selection: Selection;
  readonly #files: CrateFiles;
  readonly #removed: ReadonlyMap<string, Removal>;
  readonly paths: readonly string[];
  readonly isGeneral: boolean;

  /** @throws UsageError if the denylist, or a file that the rules name, cannot be used */
  static async open(
    { deny, rules, mirror, bundlesDir }: PackOptions,
    source: IndexSource,
    files: CrateFiles,
    onNote: (message: string) => void,
  ): Promise<SelectionPolicy> {
    const denied = deny === undefined ? [] : (await loadDenylist(deny)).rules;
    const asked: SelectionRules = { ...(rules ?? { ...NO_RULES, includeYanked: true }), denied };
    const { data } = await openSelection(asked, source, ({ file, message }) => onNote(`${file}: ${message}`));
    const roots = bundlesDir === undefined ? [mirror] : [mirror, bundlesDir];
    const journals = roots.map((root) => new RemovalJournal(mirrorHome(root).removalsFile));
    const removed = journals
      .flatMap((journal) => journal.removals('done'))
      .filter(({ reason, isReplaced }) => POLICY_REASONS.includes(reason) && !isReplaced);
    const named = [...denied.map(({ crate }) => crate), ...removed.map(({ name }) => name)];
    const paths = new Set(named.flatMap((name) => spellingOf(indexPath(name), source) ?? []));
    return new SelectionPolicy(new Selection(data), files, removed, {
      paths: [...paths],
      isGeneral: rules !== undefined,
    });
  }

  private constructor(
    selection: Selection,
    files: CrateFiles,
    removed: readonly Removal[],
    reach: { readonly paths: readonly string[]; readonly isGeneral: boolean },
  ) {
    this.#selection = selection;
    this.#files = files;
    this.#removed = new Map(removed.map((removal) => [keyOf(removal), removal]));
    this.paths = reach.paths;
    this.isGeneral = reach.isGeneral;
  }

  async refusalsOf(crate: CrateLines): Promise<ReadonlyMap<Entry, Refused>> {
    const refused = new Map<Entry, Refused>();
    const left: Entry[] = [];
    for (const [i, decision] of this.#selection.decide(crate).entries()) {
      const entry = crate.entries[i] as Entry;
      if (decision.isSelected) left.push(entry);
      else refused.set(entry, refusedBy(decision.because));
    }
    await this.#refuseByFile(crate.path, left, refused);
    return refused;
  }

  /** Refuses files that are too large, and files that the mirror has removed and does not hold. */
  async #refuseByFile(path: string, entries: readonly Entry[], refused: Map<Entry, Refused>): Promise<void> {
    const { maxSize } = this.#selection.data.rules;
    const doubtful = entries.filter((entry) => maxSize !== undefined || this.#removalOf(entry) !== undefined);
    if (doubtful.length === 0) return;
    const results = await this.#files.lookAll(doubtful.map(wantedBy));
    for (const [i, result] of results.entries()) {
      const entry = doubtful[i] as Entry;
      const removal = this.#removalOf(entry);
      const tooLarge =
        result.kind === 'held'
          ? this.#selection.refusalBySize(path, entry.version, result.place.size)
          : undefined;
      if (tooLarge !== undefined) refused.set(entry, refusedBy(tooLarge.because));
      else if (result.kind !== 'held' && removal !== undefined)
        refused.set(entry, { reason: removal.reason, why: removal.why, mayStay: false });
    }
  }

  #removalOf({ name, version, cksum }: Entry): Removal | undefined {
    return this.#removed.size === 0 ? undefined : this.#removed.get(keyOf({ name, version, sha256: cksum }));
  }
}

function refusedBy(because: Parameters<typeof describeReason>[0]): Refused {
  const why = describeReason(because);
  if (because.rule === 'denied') return { reason: 'denied', why, mayStay: false };
  const mayStay = because.rule === 'yanked';
  return { reason: 'not_selected', why: `the selection leaves it out: ${why}`, mayStay };
}

function keyOf({ name, version, sha256 }: Pick<Removal, 'name' | 'version' | 'sha256'>): string {
  return `${name} ${version} ${sha256}`;
}
