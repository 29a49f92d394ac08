import { errorCode } from '@crates-mirror/errors';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import type { Source } from '../tree/source.ts';

/** bytes of one request */
export const PIECE_SIZE = 8 << 20;

const CHANGED = 'changed while it was read; zeros stand for what is missing';

/**
 * The content of an object, of the version that was listed. Its first piece is requested at once, and
 * each other one while the one before is taken.
 */
export class ObjectSource implements Source {
  readonly #bucket: Pick<Bucket, 'getRange'>;
  readonly #object: ListedObject;
  #requested = 0;
  #next: Promise<Buffer>;
  /** What is left of the piece that is being taken. */
  #rest: Buffer = Buffer.alloc(0);
  #problem: string | undefined;

  constructor(bucket: Pick<Bucket, 'getRange'>, object: ListedObject) {
    this.#bucket = bucket;
    this.#object = object;
    this.#next = this.#request();
  }

  /** @throws FatalError if the store refuses, or does not answer */
  async fill(room: Buffer): Promise<void> {
    let filled = 0;
    while (filled < room.length && this.#problem === undefined) {
      if (this.#rest.length === 0) await this.#advance();
      const count = this.#rest.copy(room, filled);
      this.#rest = this.#rest.subarray(count);
      filled += count;
    }
    room.fill(0, filled);
  }

  close(): string | undefined {
    return this.#problem;
  }

  async #advance(): Promise<void> {
    try {
      this.#rest = await this.#next;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'changed' && code !== 'gone') throw error;
      this.#problem = CHANGED;
      return;
    }
    this.#next = this.#request();
  }

  #request(): Promise<Buffer> {
    const { key, size, etag } = this.#object;
    const start = this.#requested;
    if (start >= size) return Promise.resolve(Buffer.alloc(0));
    const end = Math.min(start + PIECE_SIZE, size);
    this.#requested = end;
    const piece = this.#bucket.getRange(key, start, end - 1, etag);
    // It is awaited later, or never after an error.
    piece.catch(() => {});
    return piece;
  }
}
