import { type BundleFolder, type CatalogEntry, MemberLedger, readCatalog } from '@crates-mirror/bundle';
import type { WantedFile } from '@crates-mirror/crate-files';
import { indexShard } from '@crates-mirror/crates-index';
import { type Layout, mirrorHome } from '@crates-mirror/layout';

/** The crate files in the bundles that an interrupted run has left, each checked when it was put there. */
export class PackedMembers {
  /** The finished ones. */
  readonly bundles: readonly CatalogEntry[];
  /** Crate files in all of them, the unfinished one included. */
  readonly count: number;
  /** Whether all that was there is whole. */
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

  /** Whether each of them was asked for: a parcel holds nothing that its index does not name. */
  get areAllTaken(): boolean {
    return this.#taken === this.count;
  }

  /** @returns the size of a crate file that is packed, bytes; undefined for any other */
  take(wanted: WantedFile): number | undefined {
    if (this.count === 0) return undefined;
    const holding = this.#ledger.find(indexShard(wanted.name), this.#layout.pathOf(wanted));
    if (holding?.sha256 !== wanted.sha256) return undefined;
    this.#taken += 1;
    return holding.size;
  }
}
