import type { Bucket } from '@crates-mirror/s3';
import type { BytePath } from '../byte-path.ts';
import type { Tree } from '../tree/tree.ts';
import type { IsLeftOut, Walked, WalkedFile } from '../tree/walk.ts';
import { findObject } from './find-object.ts';
import { lookAhead } from './look-ahead.ts';
import { ObjectSource, PIECE_SIZE } from './object-source.ts';
import { type BucketEntry, statsOf, type WalkedObject, walkBucket } from './walk-bucket.ts';

/** bytes that are requested ahead */
const AHEAD = 64 << 20;
/** Requests for objects at once: a small one counts as this many bytes. */
export const REQUESTS = 32;
const MIN_WEIGHT = AHEAD / REQUESTS;

/** The objects below a prefix of a bucket as files, whose content is requested ahead. */
export class BucketTree implements Tree {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  walk(isLeftOut: IsLeftOut): AsyncIterable<Walked> {
    return lookAhead(walkBucket(this.#bucket, isLeftOut), (entry) => this.#request(entry), {
      limit: AHEAD,
      weigh: weightOf,
    });
  }

  async find(path: BytePath): Promise<WalkedFile | undefined> {
    const found = await findObject(this.#bucket, path);
    return found === undefined ? undefined : this.#file(found);
  }

  close(): void {}

  #request(entry: BucketEntry): Walked {
    return entry.kind === 'object' ? this.#file(entry) : entry;
  }

  #file({ path, object }: WalkedObject): WalkedFile {
    const source = new ObjectSource(this.#bucket, object);
    return { kind: 'file', path, stats: statsOf(object), open: () => source, isReadable: () => true };
  }
}

function weightOf(entry: BucketEntry): number {
  return entry.kind === 'object' ? Math.max(MIN_WEIGHT, Math.min(entry.object.size, PIECE_SIZE)) : 0;
}
