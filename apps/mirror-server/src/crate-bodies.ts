import type { CrateFiles, OpenCrateFile, Place, WantedFile } from '@crates-mirror/crate-files';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import type { Body } from '@crates-mirror/http-content';
import { LRUCache } from 'lru-cache';
import type { Release } from './http/semaphore.ts';

/** Larger files are streamed. */
const LARGEST_HELD = 1 << 20;
/** Bytes of files that were asked for last. */
const MOST_HELD = 48 << 20;
const NOTHING = Buffer.alloc(0);
/** What a body takes in memory besides its bytes. */
const OVERHEAD = 600;
/** Bytes on their way to clients beyond which every file is streamed: what waits for slow clients is bounded. */
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
 * The bodies of crate files by their SHA-256, which never go stale: small ones whole and checked, from memory where they
 * were asked for lately; large ones as a stream.
 */
export class CrateBodies {
  readonly #files: Pick<CrateFiles, 'use' | 'open' | 'load'>;
  readonly #held = new LRUCache<string, HeldBody>({
    maxSize: MOST_HELD,
    sizeCalculation: ({ body }) => body.length + OVERHEAD,
  });
  readonly #loading = new Map<string, Promise<HeldBody>>();
  readonly #onCut: (message: string) => void;
  #underWay = 0;

  /** @param onCut told why the body of an answer, whose head was sent, ends too early */
  constructor(files: Pick<CrateFiles, 'use' | 'open' | 'load'>, onCut: (message: string) => void) {
    this.#files = files;
    this.#onCut = onCut;
  }

  /**
   * @param takeTurn waits until one more may be streamed to its client
   * @returns undefined where the mirror does not hold the file
   * @throws CodedError where it cannot be read now
   */
  async find(wanted: WantedFile, takeTurn: () => Promise<Release>): Promise<CrateBody | undefined> {
    return (
      this.#held.get(wanted.sha256) ?? this.#files.use(wanted, (place) => this.#open(wanted, place, takeTurn))
    );
  }

  /**
   * For a client that has the bytes already: looks whether the file is there, and reads nothing.
   *
   * @returns with an empty body; undefined and errors as of {@link find}
   */
  async look(wanted: WantedFile): Promise<CrateBody | undefined> {
    const lastModified =
      this.#held.get(wanted.sha256)?.lastModified ??
      (await this.#files.use(wanted, async ({ mtimeMs }) => mtimeMs));
    return lastModified === undefined ? undefined : { body: NOTHING, lastModified };
  }

  /** Tells that so many bytes were handed to a client, or taken by it. */
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
      // Of damage the files tell by themselves.
      if (errorCode(error) !== 'damaged') this.#onCut(`an answer was cut off: ${errorMessage(error)}`);
      throw error;
    }
  }
}
