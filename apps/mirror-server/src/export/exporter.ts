import { PathSet } from '@crates-mirror/bundle/path-set';
import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import type { LookupResult, Place, WantedFile } from '@crates-mirror/crate-files';
import { type Entry, type IndexProblem, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { CodedError, errorCode, errorMessage, FatalError, isFatalWrite } from '@crates-mirror/errors';
import { keepLines, wantedBy } from '@crates-mirror/sparse-index';
import { DL_PATH } from '../crate-address.ts';
import { configJson } from '../routes.ts';
import { collect } from './collect.ts';
import { removeDenied } from './denied-files.ts';
import { DoubtfulCrates } from './doubtful-crates.ts';
import type { ExporterDeps } from './exporter-deps.ts';
import type { MirrorRepair } from './mirror-repair.ts';
import { REASONS } from './missing-reasons.ts';
import { sitePaths } from './site-paths.ts';
import type { SiteFiles, SiteIndex, Standing } from './site-target.ts';
import { Withdrawals } from './withdrawn.ts';

const FILES_PER_BATCH = 64;

/** A version whose crate file is held by the mirror, or only by the site. */
interface Held {
  readonly entry: Entry;
  /** undefined if only the site has the file */
  readonly place: Place | undefined;
  /** bytes */
  readonly size: number;
}

/**
 * Writes a mirror as plain files or objects: all crate files first, then the index that names them.
 */
export class Exporter {
  readonly #deps: ExporterDeps;
  readonly #placer: SiteFiles;
  readonly #publisher: SiteIndex;
  readonly #withdrawals: Withdrawals;
  /** Index files that belong in the site. */
  readonly #index = new PathSet();
  /** Crate files that an entry names, whether the mirror holds them or not. */
  readonly #named = new PathSet();
  readonly #doubtful = new DoubtfulCrates();

  constructor(deps: ExporterDeps) {
    this.#deps = deps;
    this.#placer = deps.site.files;
    this.#publisher = deps.site.index;
    this.#withdrawals = new Withdrawals(deps.site, deps.index);
  }

  /** Removes denied versions from the site. */
  async removeDenied(): Promise<void> {
    const { site, policy, tally, problems } = this.#deps;
    const removed = await removeDenied(site, policy);
    tally.deniedRemoved = removed.length;
    problems.onDenied(removed);
  }

  /**
   * Puts crate files in place, and stages index files that have changed.
   *
   * @returns false if it was stopped
   */
  async placeFiles(): Promise<boolean> {
    const { site, source, isStopped, onProgress } = this.#deps;
    for (const { files } of walkIndex(source, FILES_PER_BATCH, this.#onUnread)) {
      await forEachOf(files, site.concurrency, (file) => this.#placeCrate(file));
      this.#placer.flush();
      this.#deps.repair?.flush();
      onProgress();
      if (isStopped()) return false;
    }
    return true;
  }

  /** Counts the site's files for versions that the index no longer names. */
  async collectWithdrawn(): Promise<Withdrawals> {
    const { tally } = this.#deps;
    await this.#withdrawals.collect(tally.unread === 0, (path) => this.#isOrphan(path));
    tally.withdrawn = this.#withdrawals.found.length;
    return this.#withdrawals;
  }

  /** Publishes the new index files, and removes those that have left the index. */
  async publish(publicUrl: string): Promise<void> {
    const { tally } = this.#deps;
    await this.#publisher.publish(() => {
      tally.indexFiles += 1;
    });
    if (tally.unread === 0) await this.#removeIndexFiles();
    const config = Buffer.from(configJson(`${publicUrl}${DL_PATH}`, null));
    if (await this.#publisher.isPublished('config.json', config)) return;
    await this.#publisher.writeConfig(config);
    tally.isConfigChanged = true;
  }

  /**
   * Counts crate files that no entry names any more.
   *
   * @param isPruning whether to remove them, if that is safe
   */
  async handleOrphans(isPruning: boolean): Promise<void> {
    const { tally } = this.#deps;
    tally.isPruned = isPruning && tally.isSure;
    for await (const path of this.#placer.paths()) {
      if (!this.#isOrphan(path)) continue;
      tally.orphans += 1;
      if (tally.isPruned) await this.#placer.remove(path);
    }
  }

  #isOrphan(path: string): boolean {
    return !this.#named.has(path) && !this.#doubtful.mayHave(path);
  }

  async #removeIndexFiles(): Promise<void> {
    const { tally } = this.#deps;
    for (const path of await collect(this.#publisher.paths())) {
      if (this.#index.has(path)) continue;
      await this.#publisher.remove(path);
      tally.indexFilesRemoved += 1;
    }
  }

  readonly #onUnread = (problem: IndexProblem): void => {
    this.#deps.tally.unread += 1;
    this.#deps.problems.onProblem(problem);
  };

  /** If a crate cannot be read at the moment, its files in the site stay unchanged. */
  async #placeCrate(file: string): Promise<void> {
    try {
      const read = await this.#deps.index.read(file);
      if (read === undefined) this.#onUnread({ file, line: 0, message: 'cannot be read' });
      else await this.#placeEntries(file, read.content);
    } catch (error) {
      if (errorCode(error) !== 'unreadable') throw error;
      this.#onUnread({ file, line: 0, message: errorMessage(error) });
    }
  }

  async #placeEntries(file: string, content: Buffer): Promise<void> {
    const { policy, tally, problems } = this.#deps;
    const { entries: named, problems: inIt, conflicts } = parseIndexFile(content, file);
    for (const problem of [...inIt, ...conflicts]) problems.onProblem(problem);
    if (inIt.length > 0) this.#doubtful.add(file);
    // crates.io removes the index file of a crate that has no versions.
    if (named.length === 0) throw new CodedError('unreadable', 'has no line that can be used');
    const decisions = policy.decide({ path: file, content, entries: named });
    const selected = named.filter((_, i) => decisions[i]?.isSelected === true);
    tally.denied += decisions.filter((one) => !one.isSelected && one.isSelectedOtherwise === true).length;
    const all = await this.#repairAll(selected);
    const fits = selected.map((entry, i) => this.#fits(file, entry, all[i] as LookupResult));
    const entries = selected.filter((_, i) => fits[i]);
    const results = all.filter((_, i) => fits[i]);
    for (const entry of entries) for (const path of sitePaths(wantedBy(entry))) this.#named.add(path);
    const held: Held[] = [];
    for (const [i, entry] of entries.entries()) {
      const one = await this.#heldBy(entry, results[i] as LookupResult);
      if (one !== undefined) held.push(one);
    }
    if (held.length < entries.length) await this.#withdrawals.noteBefore(file, entries);
    const kept = await this.#placeVersions(file, content, held);
    if (kept.length === 0) return;
    tally.crates += 1;
    const bytes = keepLines(content, kept);
    this.#index.add(file);
    if (!(await this.#publisher.isPublished(file, bytes))) this.#publisher.stage(file, bytes);
  }

  #fits(file: string, { version }: Entry, result: LookupResult): boolean {
    if (result.kind !== 'held') return true;
    return this.#deps.policy.refusalBySize(file, version, result.place.size) === undefined;
  }

  /**
   * Repairs crate files of the mirror, if requested and possible.
   *
   * @returns the state of each entry's crate file after that
   */
  async #repairAll(entries: readonly Entry[]): Promise<readonly LookupResult[]> {
    const { files, repair } = this.#deps;
    const wanted = entries.map(wantedBy);
    const results = await files.lookAll(wanted);
    if (repair === undefined || !results.some(isFlawed)) return results;
    for (const [i, result] of results.entries())
      if (isFlawed(result)) await this.#repair(wanted[i] as WantedFile, repair);
    return files.lookAll(wanted);
  }

  async #repair(wanted: WantedFile, repair: MirrorRepair): Promise<void> {
    const { tally, problems } = this.#deps;
    const path = (await this.#placer.wholeCopy(wanted))?.path;
    if (path === undefined) return;
    try {
      problems.onRepair(wanted, repair.restore(wanted, path));
      tally.repaired += 1;
    } catch (error) {
      if (isFatalWrite(error)) throw error;
      problems.onFailedRepair(wanted, error);
    }
  }

  async #heldBy(entry: Entry, result: LookupResult): Promise<Held | undefined> {
    if (result.kind === 'held') return { entry, place: result.place, size: result.place.size };
    const isKnownLost = result.kind === 'lost' && this.#deps.tally.lostBundles.has(entry.cksum);
    return isFlawed(result) && !isKnownLost ? this.#flawed(entry, result) : this.#notHeld(entry, result);
  }

  /**
   * If a file is damaged in the mirror or missing from it, an intact copy in the site is kept: it
   * may be the last one.
   */
  async #flawed(entry: Entry, result: FlawedResult): Promise<Held | undefined> {
    const { tally, problems } = this.#deps;
    const wanted = wantedBy(entry);
    const count = result.kind === 'damaged' ? tally.damaged : tally.gone;
    if (result.kind === 'lost') problems.onGone(wanted, result.path);
    count.files += 1;
    const copy = await this.#placer.wholeCopy(wanted);
    if (copy === undefined) return undefined;
    count.kept += 1;
    return { entry, place: undefined, size: copy.size };
  }

  /** If a file is lost, the site's copy is kept: a missing bundle may return. */
  async #notHeld(entry: Entry, result: LookupResult): Promise<Held | undefined> {
    const { tally } = this.#deps;
    const { unknown, has } = tally.lostBundles;
    const isLost = has(entry.cksum);
    const isSought = isLost || unknown.length > 0;
    const size = isSought ? await this.#placer.sizeInPlace(wantedBy(entry)) : undefined;
    if (isLost || size !== undefined) tally.lost += 1;
    else this.#noteMissing(entry, result);
    if (size === undefined) return undefined;
    tally.kept += 1;
    return { entry, place: undefined, size };
  }

  #noteMissing(entry: Entry, result: LookupResult): void {
    const { tally, problems, reasons } = this.#deps;
    const why = reasons.why(entry, result);
    tally.missingFor.set(why, (tally.missingFor.get(why) ?? 0) + 1);
    problems.onMissing(`${entry.name} ${entry.version}`, REASONS.get(why) ?? why);
  }

  /** @returns the entries whose crate files are in place */
  async #placeVersions(file: string, content: Buffer, held: readonly Held[]): Promise<Entry[]> {
    const { tally } = this.#deps;
    const standings: Standing[] = [];
    for (const { entry, place } of held)
      standings.push(place === undefined ? 'right' : await this.#placer.standing(wantedBy(entry), place));
    if (standings.includes('wrong')) {
      const right = held.filter((_, i) => standings[i] === 'right').map(({ entry }) => entry);
      await this.#publisher.replaceNow(file, keepLines(content, right));
    }
    const kept: Entry[] = [];
    for (const [i, { entry, place, size }] of held.entries()) {
      if (place === undefined || standings[i] === 'right') tally.unchanged += 1;
      else if (!(await this.#put(entry, place))) continue;
      tally.bytes += size;
      kept.push(entry);
      this.#withdrawals.keep(entry);
    }
    return kept;
  }

  async #put(entry: Entry, place: Place): Promise<boolean> {
    const { files, tally, problems } = this.#deps;
    const wanted = wantedBy(entry);
    try {
      const written = await files.use(wanted, (from) => this.#placer.put(wanted, from), place);
      if (written === undefined) throw new CodedError('damaged', 'the mirror has no whole copy of it');
      tally.bytesWritten += written;
      tally.placed += 1;
      return true;
    } catch (error) {
      if (isFatalWrite(error) || error instanceof FatalError) throw error;
      problems.onFailure(wanted, error);
      return false;
    }
  }
}

type FlawedResult = Extract<LookupResult, { kind: 'damaged' | 'lost' }>;

function isFlawed(result: LookupResult): result is FlawedResult {
  return result.kind === 'damaged' || result.kind === 'lost';
}
