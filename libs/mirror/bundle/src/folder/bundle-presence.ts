import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorHome } from '@crates-mirror/layout';
import { isFinalName, partialNames } from '../format/names.ts';
import { type HoldingsFile, readHoldings } from './holdings-file.ts';

/**
 * Tells whether the bundles of a folder are still there and as they were when the run that holds its lock checked or wrote
 * them. The loose copy of a member is the last good one where its bundle is not.
 */
export class BundlePresence {
  readonly #directory: string;
  readonly #ledgerDirectory: string;
  #inventory: HoldingsFile | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#ledgerDirectory = mirrorHome(directory).membersDirectory;
  }

  /**
   * Looks at the disk. A finished bundle has to have the size and mtime of its last check.
   *
   * @param id `bundle-0007`
   * @throws the system's error where that cannot be seen
   */
  check(id: string): boolean {
    if (this.#isAsKnown(id)) return true;
    // The run may have begun or finished it since.
    this.#inventory = readHoldings(this.#ledgerDirectory);
    return this.#isAsKnown(id);
  }

  #isAsKnown(id: string): boolean {
    const { bundles = {}, open = null } = this.#inventory ?? {};
    const checked = bundles[id];
    if (checked === undefined) return id === open && this.#isUnderWay(id);
    const stats = statSync(join(this.#directory, checked.path), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size === checked.size && stats.mtimeMs === checked.mtime_ms;
  }

  /** A bundle has its final name for a moment before its size and mtime are written down; then it is whole. */
  #isUnderWay(id: string): boolean {
    const partial = join(this.#directory, partialNames(id).bundle);
    if (statSync(partial, { throwIfNoEntry: false })?.isFile() === true) return true;
    return readdirSync(this.#directory).some(
      (name) => name.startsWith(`${id}-`) && name.endsWith('.tar.zst') && isFinalName(name),
    );
  }
}
