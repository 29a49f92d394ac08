import { CodedError } from '@crates-mirror/errors';
import type { Bucket } from '@crates-mirror/s3';

/** How long the store is believed to be there. ms */
const FRESH_MS = 1000;

/** Whether a mirror in an object store is there. If it is gone, a missing object says nothing. */
export class StoreWitness {
  readonly #bucket: Bucket;
  readonly #marker: string;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  /** @param marker an object that is never removed */
  constructor(bucket: Bucket, marker: string) {
    this.#bucket = bucket;
    this.#marker = marker;
  }

  /** @throws CodedError if it is gone, or FatalError if the store does not answer */
  check(): Promise<void> {
    if (performance.now() - this.#checkedAt < FRESH_MS) return Promise.resolve();
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    const at = performance.now();
    if ((await this.#bucket.head(this.#marker)) === undefined)
      throw new CodedError('unreadable', `${this.#bucket.describe(this.#marker)} is not there now`);
    this.#checkedAt = at;
  }
}
