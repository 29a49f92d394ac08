import { CRATES } from '@crates-mirror/bucket-mirror';
import type { CrateFiles, Place, WantedFile } from '@crates-mirror/crate-files';
import { sitePaths } from '../site-paths.ts';
import type { SiteFiles, Standing, WholeCopy } from '../site-target.ts';
import { worst } from '../standing.ts';
import type { SiteObjects } from './site-objects.ts';

/**
 * The crate files of a site in a bucket. The store verifies the SHA-256 of each before it becomes
 * visible.
 */
export class BucketFiles implements SiteFiles {
  readonly #objects: SiteObjects;
  readonly #files: CrateFiles;

  constructor(objects: SiteObjects, files: CrateFiles) {
    this.#objects = objects;
    this.#files = files;
  }

  async standing(wanted: WantedFile): Promise<Standing> {
    const standings: Standing[] = [];
    for (const path of sitePaths(wanted)) standings.push(await this.#standing(wanted, path));
    return worst(standings);
  }

  async sizeInPlace(wanted: WantedFile): Promise<number | undefined> {
    const [path] = sitePaths(wanted);
    const isRight = (await this.#standing(wanted, path)) === 'right';
    return isRight ? this.#objects.sizeOf(CRATES + path) : undefined;
  }

  /**
   * Objects do not rot as files do, so the checksum recorded by the store or by the uploader is
   * enough.
   */
  async wholeCopy(wanted: WantedFile): Promise<WholeCopy | undefined> {
    const size = await this.sizeInPlace(wanted);
    return size === undefined ? undefined : { path: undefined, size };
  }

  async put(wanted: WantedFile, place: Place): Promise<number> {
    const { size } = place;
    const { sha256 } = wanted;
    const body = { size, sha256, pieces: () => this.#files.pieces(wanted, place) };
    let written = 0;
    for (const path of sitePaths(wanted)) {
      if ((await this.#standing(wanted, path)) === 'right') continue;
      await this.#objects.put(CRATES + path, body);
      written += size;
    }
    return written;
  }

  async *paths(): AsyncGenerator<string> {
    for await (const key of this.#objects.keys(CRATES)) yield key.slice(CRATES.length);
  }

  has(path: string): boolean {
    return this.#objects.has(CRATES + path);
  }

  sha256Of(path: string): Promise<string | undefined> {
    return this.#objects.sha256Of(CRATES + path);
  }

  remove(path: string): Promise<void> {
    return this.#objects.remove(CRATES + path);
  }

  flush(): void {
    this.#objects.flush();
  }

  async #standing({ sha256 }: WantedFile, path: string): Promise<Standing> {
    if (!this.has(path)) return 'missing';
    return (await this.sha256Of(path)) === sha256 ? 'right' : 'wrong';
  }
}
