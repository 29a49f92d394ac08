import type { CrateFiles, Place, WantedFile } from '@crates-mirror/crate-files';
import type { Body } from '@crates-mirror/http-content';
import { LRUCache } from 'lru-cache';

/** Larger files are streamed. */
const LARGEST_HELD = 1 << 20;
/** Bytes of files that were asked for last. */
const MOST_HELD = 48 << 20;
/** What a body takes in memory besides its bytes. */
const OVERHEAD = 600;
/** Bytes on their way to clients beyond which every file is streamed: what waits for slow clients is bounded. */
const MOST_UNDER_WAY = 256 << 20;

const MOST_ATTEMPTS = 4;

export interface CrateBody {
  readonly body: Body;
  /** ms since the epoch */
  readonly lastModified: number;
}

interface HeldBody extends CrateBody {
  readonly body: Buffer;
}

/**
 * The bodies of crate files by their SHA-256, which never go stale: small ones whole and checked, from memory where they
 * were asked for lately; large ones as a stream.
 */
export class CrateBodies {
  readonly #files: CrateFiles;
  readonly #held = new LRUCache<string, HeldBody>({
    maxSize: MOST_HELD,
    sizeCalculation: ({ body }) => body.length + OVERHEAD,
  });
  readonly #loading = new Map<string, Promise<HeldBody>>();
  #underWay = 0;

  constructor(files: CrateFiles) {
    this.#files = files;
  }

  /** @returns undefined where the mirror does not hold the file */
  async find(wanted: WantedFile): Promise<CrateBody | undefined> {
    const held = this.#held.get(wanted.sha256);
    if (held !== undefined) return held;
    for (let attempt = 1; ; attempt++) {
      const place = await this.#files.find(wanted);
      if (place === undefined) return undefined;
      try {
        return await this.#open(wanted, place);
      } catch (error) {
        // It has moved since, or is damaged there: the next look finds it elsewhere, or nowhere.
        if (attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** Tells that so many bytes were handed to a client, or taken by it. */
  handedOut(bytes: number): void {
    this.#underWay += bytes;
  }

  async #open(wanted: WantedFile, place: Place): Promise<CrateBody> {
    if (place.size > LARGEST_HELD || this.#underWay > MOST_UNDER_WAY)
      return { body: await this.#files.open(place), lastModified: place.mtimeMs };
    let loading = this.#loading.get(wanted.sha256);
    if (loading === undefined) {
      loading = this.#load(wanted, place).finally(() => this.#loading.delete(wanted.sha256));
      this.#loading.set(wanted.sha256, loading);
    }
    return loading;
  }

  async #load(wanted: WantedFile, place: Place): Promise<HeldBody> {
    const held = { body: await this.#files.load(wanted, place), lastModified: place.mtimeMs };
    this.#held.set(wanted.sha256, held);
    return held;
  }
}
