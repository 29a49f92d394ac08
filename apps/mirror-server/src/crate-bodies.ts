import type { CrateFiles, OpenCrateFile, Place, WantedFile } from '@crates-mirror/crate-files';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import type { Body } from '@crates-mirror/http-content';
import { LRUCache } from 'lru-cache';
import type { Release } from './http/semaphore.ts';

/** Larger files are streamed. */
const LARGEST_HELD = 1 << 20;
/** Cache size for recently requested files, in bytes. */
const MAX_HELD = 48 << 20;
const NOTHING = Buffer.alloc(0);
/** Memory overhead of a body besides its bytes. */
const OVERHEAD = 600;
/**
 * Once this many bytes are in transit to clients, every file is streamed, so that slow clients can
 * only use bounded memory.
 */
const MAX_UNDER_WAY = 256 << 20;

export interface CrateBody {
  readonly body: Body;
  /** ms since the epoch */
  readonly lastModified: number;
}

interface HeldBody extends CrateBody {
  readonly body: Buffer;
}

/**
 * The bodies of crate files by SHA-256, so that they never go stale. Small files are loaded whole,
 * checked, and cached in memory; large files are streamed.
 */
export class CrateBodies {
  readonly #files: Pick<CrateFiles, 'use' | 'open' | 'load'>;
  readonly #held = new LRUCache<string, HeldBody>({
    maxSize: MAX_HELD,
    sizeCalculation: ({ body }) => body.length + OVERHEAD,
  });
  readonly #loading = new Map<string, Promise<HeldBody>>();
  readonly #onCut: (message: string) => void;
  #underWay = 0;

  /** @param onCut called with the reason if a response ends prematurely after its head was sent */
  constructor(files: Pick<CrateFiles, 'use' | 'open' | 'load'>, onCut: (message: string) => void) {
    this.#files = files;
    this.#onCut = onCut;
  }

  /**
   * @param takeTurn waits until another file may be streamed to the client
   * @returns undefined if the mirror does not hold the file
   * @throws CodedError if it cannot be read at the moment
   */
  async find(wanted: WantedFile, takeTurn: () => Promise<Release>): Promise<CrateBody | undefined> {
    return (
      this.#held.get(wanted.sha256) ?? this.#files.use(wanted, (place) => this.#open(wanted, place, takeTurn))
    );
  }

  /**
   * For a client that already has the bytes: checks whether the file exists, without reading it.
   *
   * @returns an entry with an empty body; undefined and errors as for {@link find}
   */
  async look(wanted: WantedFile): Promise<CrateBody | undefined> {
    const lastModified =
      this.#held.get(wanted.sha256)?.lastModified ??
      (await this.#files.use(wanted, async ({ mtimeMs }) => mtimeMs));
    return lastModified === undefined ? undefined : { body: NOTHING, lastModified };
  }

  /**
   * Adjusts the number of bytes in transit: positive for bytes sent, negative for bytes received.
   */
  handedOut(bytes: number): void {
    this.#underWay += bytes;
  }

  async #open(wanted: WantedFile, place: Place, takeTurn: () => Promise<Release>): Promise<CrateBody> {
    if (place.size > LARGEST_HELD || this.#underWay > MAX_UNDER_WAY)
      return { body: await this.#stream(wanted, place, await takeTurn()), lastModified: place.mtimeMs };
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

  async #stream(wanted: WantedFile, place: Place, release: Release): Promise<OpenCrateFile> {
    const file = await this.#files.open(wanted, place).catch((error: unknown) => {
      release();
      throw error;
    });
    return {
      size: file.size,
      read: (range) => this.#watch(file.read(range)),
      close: () => {
        file.close();
        release();
      },
    };
  }

  async *#watch(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* pieces;
    } catch (error) {
      // Damage has already been reported by CrateFiles.
      if (errorCode(error) !== 'damaged') this.#onCut(`an answer was cut off: ${errorMessage(error)}`);
      throw error;
    }
  }
}
