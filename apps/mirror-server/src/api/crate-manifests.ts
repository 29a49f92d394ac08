import type { CrateFiles, WantedFile } from '@crates-mirror/crate-files';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { LRUCache } from 'lru-cache';
import { type CrateManifest, parseManifest } from './manifest.ts';
import { readManifestText } from './read-manifest.ts';

/** Crate files that are inspected at once. Each takes a thread of the pool, and some megabytes. */
const MAX_AT_ONCE = 4;
/** Cache size in characters, enough for about 20,000 crates. */
const MAX_KEPT = 16 << 20;
const OVERHEAD = 300;

/** The cached manifest of a crate file; absent if the file has no readable manifest. */
interface Known {
  readonly manifest: CrateManifest | undefined;
}

/** The manifests of crate files in the mirror, by SHA-256, so that they never go stale. */
export class CrateManifests {
  readonly #files: Pick<CrateFiles, 'use' | 'pieces'>;
  readonly #onUnreadable: (message: string) => void;
  readonly #known = new LRUCache<string, Known>({
    maxSize: MAX_KEPT,
    sizeCalculation: (known) => JSON.stringify(known).length + OVERHEAD,
  });
  readonly #reading = new Map<string, Promise<CrateManifest | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  /** @param onUnreadable called with a one-line description of a defect in a crate file */
  constructor(files: Pick<CrateFiles, 'use' | 'pieces'>, onUnreadable: (message: string) => void) {
    this.#files = files;
    this.#onUnreadable = onUnreadable;
  }

  /**
   * @returns undefined if the mirror does not hold the file, or its manifest cannot be read at the
   * moment
   */
  find(wanted: WantedFile): Promise<CrateManifest | undefined> {
    const { sha256 } = wanted;
    const known = this.#known.get(sha256);
    if (known !== undefined) return Promise.resolve(known.manifest);
    let reading = this.#reading.get(sha256);
    if (reading === undefined) {
      reading = this.#takeTurn(() => this.#read(wanted)).finally(() => this.#reading.delete(sha256));
      this.#reading.set(sha256, reading);
    }
    return reading;
  }

  async #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < MAX_AT_ONCE) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }

  async #read(wanted: WantedFile): Promise<CrateManifest | undefined> {
    const { name, version, sha256 } = wanted;
    let text: string | undefined;
    try {
      text = await this.#files.use(wanted, (place) =>
        readManifestText(this.#files.pieces(wanted, place), name, version),
      );
      if (text === undefined) return undefined;
      const manifest = await parseManifest(text);
      this.#known.set(sha256, { manifest });
      return manifest;
    } catch (error) {
      this.#onUnreadable(
        `${name} ${version}: its Cargo.toml cannot be read: ${firstLine(errorMessage(error))}`,
      );
      // A read error may be temporary, but a defect in the bytes is permanent.
      if (text !== undefined || errorCode(error) === 'no_manifest')
        this.#known.set(sha256, { manifest: undefined });
      return undefined;
    }
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] as string;
}
