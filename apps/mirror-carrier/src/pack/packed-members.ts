import { type BundleFolder, type CatalogEntry, MemberLedger, readCatalog } from '@crates-mirror/bundle';
import type { WantedFile } from '@crates-mirror/crate-files';
import { indexShard } from '@crates-mirror/crates-index';
import { type Layout, mirrorHome } from '@crates-mirror/layout';

/** The crate files in the bundles of an interrupted run. Each was verified when it was added. */
export class PackedMembers {
  /** The finished bundles. */
  readonly bundles: readonly CatalogEntry[];
  /** Number of crate files in all bundles, including the unfinished one. */
  readonly count: number;
  /** Whether all finished bundles are intact. */
  readonly isWhole: boolean;
  readonly #layout: Layout;
  readonly #ledger: MemberLedger;
  #taken = 0;

  constructor(folder: BundleFolder, layout: Layout) {
    const { directory, held } = folder;
    const ids = new Set(held);
    this.#layout = layout;
    this.bundles = [...readCatalog(directory).values()];
    this.isWhole = this.bundles.every(({ bundle }) => ids.has(bundle));
    this.#ledger = new MemberLedger(mirrorHome(directory).membersDirectory, held);
    let count = 0;
    for (const shard of this.#ledger.shards()) for (const _ of this.#ledger.members(shard)) count += 1;
    this.count = count;
  }

  /**
   * Whether each of them was requested. A parcel must not contain anything that its index does not
   * name.
   */
  get areAllTaken(): boolean {
    return this.#taken === this.count;
  }

  /** @returns the size in bytes of a crate file that is already packed; undefined for any other */
  take(wanted: WantedFile): number | undefined {
    if (this.count === 0) return undefined;
    const member = this.#ledger.find(indexShard(wanted.name), this.#layout.pathOf(wanted));
    if (member?.sha256 !== wanted.sha256) return undefined;
    this.#taken += 1;
    return member.size;
  }
}
