import { PathSet } from '@crates-mirror/bundle/path-set';
import { type Entry, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { parseCratePath } from '@crates-mirror/layout';
import { formatCount } from '@crates-mirror/progress';
import { allowedRemovals, type MostRemovals } from '@crates-mirror/removals/limit';
import type { LiveIndex } from '@crates-mirror/sparse-index';
import { sitePaths } from './site-paths.ts';
import type { SiteTarget } from './site-target.ts';

/**
 * A crate file of the site that the index no longer names. A web server would serve it to old lock
 * files forever.
 */
export interface Withdrawn {
  /** Relative to `crates`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The index's checksums for a crate; `unknown` if its file cannot be read, or some lines cannot be
 * parsed.
 */
type Naming = ReadonlyMap<string, string> | 'no such crate' | 'unknown';

/**
 * Finds the site's withdrawn files before the new index is published, and removes them afterwards.
 */
export class Withdrawals {
  readonly found: Withdrawn[] = [];
  readonly #site: SiteTarget;
  readonly #index: LiveIndex;
  readonly #kept = new PathSet();
  /** By path, the checksum of the previous export, for entries whose checksum has changed. */
  readonly #before = new Map<string, string>();
  /** The crate that was looked up last, because the files of a crate are listed together. */
  #last: { readonly file: string; readonly naming: Naming } | undefined;
  #files = 0;
  #orphans = 0;

  constructor(site: SiteTarget, index: LiveIndex) {
    this.#site = site;
    this.#index = index;
  }

  /**
   * Records entries that were republished. This works only while the site still has the previous
   * index.
   */
  async noteBefore(file: string, entries: readonly Entry[]): Promise<void> {
    const published = await this.#published(file);
    for (const { name, version, cksum } of entries) {
      const before = published.get(version);
      if (before === undefined || before === cksum) continue;
      for (const path of pathsOf(name, version)) this.#before.set(path, before);
    }
  }

  /** Called for each crate file that this run has put in place, or found to be correct. */
  keep({ name, version }: Entry): void {
    for (const path of pathsOf(name, version)) this.#kept.add(path);
  }

  /**
   * Adds the withdrawn files to {@link found}. Called once, after all crate files were placed.
   *
   * @param isIndexWhole whether the whole index could be read: only then does a missing crate count
   * as deleted
   * @param isOrphan whether pruning would remove a path
   */
  async collect(isIndexWhole: boolean, isOrphan: (path: string) => boolean): Promise<void> {
    for await (const path of this.#site.files.paths()) {
      if (this.#isSecondName(path)) continue;
      this.#files += 1;
      const crate = await this.#gone(path, isIndexWhole);
      if (crate !== undefined) this.found.push({ path, ...crate });
      else if (isOrphan(path)) this.#orphans += 1;
    }
  }

  /** @returns the crate version of a withdrawn file; undefined for any other file */
  async #gone(path: string, isIndexWhole: boolean): Promise<Omit<Withdrawn, 'path'> | undefined> {
    const crate = this.#kept.has(path) ? undefined : parseCratePath(path.replaceAll(' ', '+').split('/'));
    if (crate === undefined || !pathsOf(crate.name, crate.version).includes(path)) return undefined;
    const naming = await this.#namingOf(crate.name);
    const isGone =
      typeof naming === 'string'
        ? naming === 'no such crate' && isIndexWhole
        : !naming.has(crate.version) || (await this.#isOld(path));
    return isGone ? crate : undefined;
  }

  /**
   * Reports in one line why nothing may be removed or published. Beyond `most` removals, the index
   * may be incomplete, or the selection not the intended one.
   *
   * @param isPruning whether orphans are removed as well
   */
  excessOver(most: MostRemovals, isPruning: boolean): string | undefined {
    const orphans = isPruning ? this.#orphans : 0;
    const count = this.found.length + orphans;
    if (count <= allowedRemovals(most, this.#files)) return undefined;
    const share = `${formatCount(count)} of the ${formatCount(this.#files)} crate files in ${this.#site.name}`;
    return orphans === 0
      ? `the index no longer names ${share} (check --index-dir, or give a larger --max-removals)`
      : `--prune would remove ${share} (check --index-dir and the selection, or give a larger --max-removals)`;
  }

  /** Removes found files that the published index does not name. @returns the removed files */
  async remove(): Promise<readonly Withdrawn[]> {
    const removed: Withdrawn[] = [];
    for (const one of this.found) {
      const { name, version } = one;
      // If part of the index could not be read, entries stay published, and need their crate files.
      if ((await this.#published(indexPath(name))).has(version)) continue;
      for (const path of pathsOf(name, version)) await this.#site.files.remove(path);
      removed.push(one);
    }
    return removed;
  }

  /** Whether the file is the second name of another file, and is counted together with it. */
  #isSecondName(path: string): boolean {
    return path.includes(' ') && this.#site.files.has(path.replaceAll(' ', '+'));
  }

  /**
   * Whether a file is an intact copy of the previous publication. Any other content is damage, not
   * a withdrawal.
   */
  async #isOld(path: string): Promise<boolean> {
    const before = this.#before.get(path);
    return before !== undefined && (await this.#site.files.sha256Of(path)) === before;
  }

  async #namingOf(name: string): Promise<Naming> {
    const file = indexPath(name);
    if (this.#last?.file !== file) this.#last = { file, naming: await this.#read(file) };
    return this.#last.naming;
  }

  async #read(file: string): Promise<Naming> {
    try {
      const read = await this.#index.read(file);
      if (read === undefined) {
        await this.#index.checkThere();
        // git replaces a file by removing it and writing it again.
        return (await this.#index.read(file)) === undefined ? 'no such crate' : 'unknown';
      }
      const { entries, problems } = parseIndexFile(read.content, file);
      return problems.length > 0 || entries.length === 0 ? 'unknown' : checksums(entries);
    } catch (error) {
      if (errorCode(error) !== 'unreadable') throw error;
      return 'unknown';
    }
  }

  /** Checksums by version, from the site's own index file. */
  async #published(file: string): Promise<ReadonlyMap<string, string>> {
    const content = await this.#site.index.read(file);
    return content === undefined ? new Map() : checksums(parseIndexFile(content, file).entries);
  }
}

/** All paths of a crate file in a site. */
function pathsOf(name: string, version: string): readonly string[] {
  return sitePaths({ name, version, sha256: '' });
}

function checksums(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ version, cksum }) => [version, cksum]));
}
