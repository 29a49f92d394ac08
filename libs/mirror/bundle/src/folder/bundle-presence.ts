import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorHome } from '@crates-mirror/layout';
import { isFinalName, partialNames } from '../format/names.ts';
import { type InventoryFile, readInventory } from './inventory-file.ts';

/**
 * Checks whether the bundles of a folder still exist unchanged since the run that holds the lock
 * checked or wrote them. If a bundle does not, the loose copy of a member is the last good one.
 */
export class BundlePresence {
  readonly #directory: string;
  readonly #ledgerDirectory: string;
  #inventory: InventoryFile | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#ledgerDirectory = mirrorHome(directory).membersDirectory;
  }

  /**
   * Checks the disk. A finished bundle must have the size and mtime of its last check.
   *
   * @param id `bundle-0007`
   * @throws the system error if this cannot be determined
   */
  check(id: string): boolean {
    if (this.#isAsKnown(id)) return true;
    // The run may have started or finished the bundle since.
    this.#inventory = readInventory(this.#ledgerDirectory);
    return this.#isAsKnown(id);
  }

  #isAsKnown(id: string): boolean {
    const { bundles = {}, open = null } = this.#inventory ?? {};
    const checked = bundles[id];
    if (checked === undefined) return id === open && this.#isUnderWay(id);
    const stats = statSync(join(this.#directory, checked.path), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size === checked.size && stats.mtimeMs === checked.mtime_ms;
  }

  /** A complete bundle briefly has its final name before its size and mtime are recorded. */
  #isUnderWay(id: string): boolean {
    const partial = join(this.#directory, partialNames(id).bundle);
    if (statSync(partial, { throwIfNoEntry: false })?.isFile() === true) return true;
    return readdirSync(this.#directory).some(
      (name) => name.startsWith(`${id}-`) && name.endsWith('.tar.zst') && isFinalName(name),
    );
  }
}
