import { PathSet } from '@crates-mirror/bundle/path-set';
import { type Entry, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { parseCratePath } from '@crates-mirror/layout';
import { formatCount } from '@crates-mirror/progress';
import { allowedRemovals, type MostRemovals } from '@crates-mirror/removals/limit';
import type { LiveIndex } from '@crates-mirror/sparse-index';
import { sitePaths } from './site-paths.ts';
import type { SiteTarget } from './site-target.ts';

/** A crate file of the site that the index no longer names: a web server would hand it out for ever to old lock files. */
export interface Withdrawn {
  /** Below `crates`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
}

/** What the index says of a crate; `unknown` where that cannot be read, or not all of it makes sense. */
type Naming = ReadonlyMap<string, string> | 'no such crate' | 'unknown';

/** Finds what was withdrawn of a site, before the index without it is published, and removes it after that. */
export class Withdrawals {
  readonly found: Withdrawn[] = [];
  readonly #site: SiteTarget;
  readonly #index: LiveIndex;
  readonly #kept = new PathSet();
  /** Checksums that entries had when the site was exported the last time, where they have others now, by path. */
  readonly #before = new Map<string, string>();
  /** Of the crate that was asked for last: the files of one are beside each other. */
  #last: { readonly file: string; readonly naming: Naming } | undefined;
  #files = 0;

  constructor(site: SiteTarget, index: LiveIndex) {
    this.#site = site;
    this.#index = index;
  }

  /** Remembers which entries were published anew, as long as the site's index tells of what was there before. */
  async noteBefore(file: string, entries: readonly Entry[]): Promise<void> {
    const published = await this.#published(file);
    for (const { name, version, cksum } of entries) {
      const before = published.get(version);
      if (before === undefined || before === cksum) continue;
      for (const path of pathsOf(name, version)) this.#before.set(path, before);
    }
  }

  /** Of a crate file that this run has put in place, or found right. */
  keep({ name, version }: Entry): void {
    for (const path of pathsOf(name, version)) this.#kept.add(path);
  }

  /** @param isIndexWhole whether all of it could be read: only then is a crate that is missing taken to be deleted */
  async find(isIndexWhole: boolean): Promise<void> {
    for await (const path of this.#site.files.paths()) {
      if (this.#isSecondName(path)) continue;
      this.#files += 1;
      const crate = this.#kept.has(path) ? undefined : parseCratePath(path.replaceAll(' ', '+').split('/'));
      if (crate === undefined || !pathsOf(crate.name, crate.version).includes(path)) continue;
      const naming = await this.#namingOf(crate.name);
      const isGone =
        typeof naming === 'string'
          ? naming === 'no such crate' && isIndexWhole
          : !naming.has(crate.version) || (await this.#isOld(path));
      if (isGone) this.found.push({ path, ...crate });
    }
  }

  /** Why nothing may be removed or published, in one line: beyond `most`, the index is perhaps not all there. */
  excessOver(most: MostRemovals): string | undefined {
    const count = this.found.length;
    if (count <= allowedRemovals(most, this.#files)) return undefined;
    const share = `${formatCount(count)} of the ${formatCount(this.#files)} crate files in ${this.#site.name}`;
    return `the index no longer names ${share} (check --index-dir, or give a larger --max-removals)`;
  }

  /** Removes what the site's index does not name either. @returns what is removed */
  async remove(): Promise<readonly Withdrawn[]> {
    const removed: Withdrawn[] = [];
    for (const one of this.found) {
      const { name, version } = one;
      // Where a part of the index could not be read, entries stay: they must have their crate files.
      if ((await this.#published(indexPath(name))).has(version)) continue;
      for (const path of pathsOf(name, version)) await this.#site.files.remove(path);
      removed.push(one);
    }
    return removed;
  }

  /** Whether a file goes, or stays, with one of another name: it is counted with that. */
  #isSecondName(path: string): boolean {
    return path.includes(' ') && this.#site.files.has(path.replaceAll(' ', '+'));
  }

  /** Whether a file has the whole bytes of an entry that was published anew. Any others are damage, and no withdrawal. */
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
        // git replaces a file by removing and writing it.
        return (await this.#index.read(file)) === undefined ? 'no such crate' : 'unknown';
      }
      const { entries, problems } = parseIndexFile(read.content, file);
      return problems.length > 0 || entries.length === 0 ? 'unknown' : checksums(entries);
    } catch (error) {
      if (errorCode(error) !== 'unreadable') throw error;
      return 'unknown';
    }
  }

  /** Checksums by version in an index file of the site. */
  async #published(file: string): Promise<ReadonlyMap<string, string>> {
    const content = await this.#site.index.read(file);
    return content === undefined ? new Map() : checksums(parseIndexFile(content, file).entries);
  }
}

/** All names that its file has in a site. */
function pathsOf(name: string, version: string): readonly string[] {
  return sitePaths({ name, version, sha256: '' });
}

function checksums(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ version, cksum }) => [version, cksum]));
}
