import { existsSync, linkSync, lstatSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CrateFiles, LoosePlace, Place, WantedFile } from '@crates-mirror/crate-files';
import { indexShard } from '@crates-mirror/crates-index';
import { CodedError, errorCode } from '@crates-mirror/errors';
import {
  AtomicFile,
  CANNOT_LINK,
  ExactNames,
  makeDirectories,
  rename,
  temporaryName,
} from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { removeEmptyDirectories, walk } from './publish-index.ts';
import type { Site } from './site.ts';
import { sitePaths } from './site-paths.ts';
import type { SiteFiles, Standing, WholeCopy } from './site-target.ts';
import { worst } from './standing.ts';

/**
 * Puts crate files into a site under all of their {@link sitePaths}, as hard links if requested and
 * possible, otherwise as copies.
 */
export class FilePlacer implements SiteFiles {
  readonly #site: Site;
  readonly #files: CrateFiles;
  readonly #isLinking: boolean;
  readonly #ledger: VerifiedLedger;
  readonly #names: ExactNames;

  /** @param names undefined for those of the site's own file system */
  constructor(site: Site, files: CrateFiles, isLinking: boolean, names?: ExactNames) {
    this.#site = site;
    this.#files = files;
    this.#isLinking = isLinking;
    this.#ledger = new VerifiedLedger(site.ledgerDirectory);
    this.#names = names ?? new ExactNames(dirname(site.temporaryDirectory));
  }

  standing(wanted: WantedFile, place: Place): Standing {
    return worst(sitePaths(wanted).map((path) => this.#standing(wanted, place, path)));
  }

  #standing(wanted: WantedFile, place: Place, sitePath: string): Standing {
    const path = join(this.#site.crates, sitePath);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    if (!stats.isFile()) return 'wrong';
    // A hard link is not a copy: it would share any damage to the mirror's file.
    if (place.kind === 'loose' && isSameFile(stats, place)) return this.#isLinking ? 'right' : 'missing';
    return this.#verifyCopy(wanted, sitePath, stats) ? 'right' : 'wrong';
  }

  sizeInPlace(wanted: WantedFile): number | undefined {
    const [path] = sitePaths(wanted);
    const stats = lstatSync(join(this.#site.crates, path), { throwIfNoEntry: false });
    return stats?.isFile() === true && this.#verifyCopy(wanted, path, stats) ? stats.size : undefined;
  }

  /** Always hashes the copy, because it may be a hard link to the mirror's file. */
  wholeCopy(wanted: WantedFile): WholeCopy | undefined {
    const path = join(this.#site.crates, sitePaths(wanted)[0]);
    try {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      const isWhole = stats?.isFile() === true && sha256File(path).sha256 === wanted.sha256;
      return isWhole ? { path, size: stats.size } : undefined;
    } catch {
      return undefined;
    }
  }

  async put(wanted: WantedFile, place: Place): Promise<number> {
    let written = 0;
    for (const path of sitePaths(wanted))
      if (this.#standing(wanted, place, path) !== 'right') written += await this.#put(wanted, place, path);
    return written;
  }

  async #put(wanted: WantedFile, place: Place, sitePath: string): Promise<number> {
    const path = join(this.#site.crates, sitePath);
    makeDirectories(dirname(path));
    this.#names.check(path);
    if (this.#isLinking && place.kind === 'loose' && this.#link(place, path)) return 0;
    const file = new AtomicFile(this.#site.temporaryDirectory);
    try {
      for await (const piece of this.#files.pieces(wanted, place)) file.write(piece);
      const { size, mtimeMs } = file.commit(path);
      this.#remember(wanted, sitePath, size, mtimeMs);
      return size;
    } finally {
      file.discard();
    }
  }

  paths(): Iterable<string> {
    return walk(this.#site.crates);
  }

  has(path: string): boolean {
    return existsSync(join(this.#site.crates, path));
  }

  sha256Of(path: string): string {
    return sha256File(join(this.#site.crates, path)).sha256;
  }

  remove(path: string): void {
    rmSync(join(this.#site.crates, path), { force: true });
    removeEmptyDirectories(this.#site.crates, path);
  }

  flush(): void {
    this.#ledger.flush();
  }

  /** @throws CodedError if the mirror's file was replaced since it was checked */
  #link(from: LoosePlace, to: string): boolean {
    const temporary = join(this.#site.temporaryDirectory, temporaryName());
    try {
      linkSync(from.path, temporary);
    } catch (error) {
      if (CANNOT_LINK.has(errorCode(error))) return false;
      throw error;
    }
    try {
      if (!isUnchanged(lstatSync(temporary), from))
        throw new CodedError('changed', `${from.path} has changed`);
      rename(temporary, to);
      return true;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Hashes a copy, unless the ledger knows it. @returns whether it is intact */
  #verifyCopy(wanted: WantedFile, sitePath: string, { size, mtimeMs }: Stats): boolean {
    const known = this.#ledger.find(indexShard(wanted.name), sitePath, size, mtimeMs);
    if (known !== undefined) return known === wanted.sha256;
    if (sha256File(join(this.#site.crates, sitePath)).sha256 !== wanted.sha256) return false;
    this.#remember(wanted, sitePath, size, mtimeMs);
    return true;
  }

  #remember({ name, sha256 }: WantedFile, sitePath: string, size: number, mtimeMs: number): void {
    this.#ledger.remember(indexShard(name), sitePath, size, mtimeMs, sha256);
  }
}

function isSameFile(stats: Stats, place: LoosePlace): boolean {
  const other = statSync(place.path, { throwIfNoEntry: false });
  return other?.ino === stats.ino && other.dev === stats.dev && isUnchanged(stats, place);
}

/** Whether this is still the file whose bytes were verified. */
function isUnchanged(stats: Stats, { size, mtimeMs }: LoosePlace): boolean {
  return stats.isFile() && stats.size === size && stats.mtimeMs === mtimeMs;
}
