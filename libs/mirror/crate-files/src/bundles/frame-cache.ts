import { decompressFrameAsync } from '@crates-mirror/bundle/reading';
import { CodedError } from '@crates-mirror/errors';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { OpenBundle } from './open-bundle.ts';

/** A frame of 4 MB holds about a hundred crate files, which are often requested together. */
const MAX_BYTES = 48 << 20;
/** Upper limit for a frame. The frames that this program writes have at most 4 MB. */
const MAX_FRAME = 64 << 20;
const MAX_AT_ONCE = 4;

/**
 * Least-recently-used cache of decoded frames, shared by all bundles. Memory is bounded: 48 MiB are
 * held, and at most four frames are decoded at once. Concurrent requests for a frame share one
 * decoding.
 */
export class FrameCache {
  readonly #frames = new LRUCache<string, Buffer>({
    maxSize: MAX_BYTES,
    sizeCalculation: (frame) => frame.length + 1,
  });
  readonly #decoding = new Map<string, Promise<Buffer>>();
  readonly #limit = pLimit(MAX_AT_ONCE);

  /** @throws CodedError if the frame is damaged, or the system error if it cannot be read */
  async get(bundle: OpenBundle, index: number): Promise<Buffer> {
    const key = `${bundle.id}:${index}`;
    const held = this.#frames.get(key);
    if (held !== undefined) return held;
    let decoding = this.#decoding.get(key);
    if (decoding === undefined) {
      decoding = this.#limit(() => decode(bundle, index)).finally(() => this.#decoding.delete(key));
      this.#decoding.set(key, decoding);
    }
    const content = await decoding;
    this.#frames.set(key, content);
    return content;
  }
}

async function decode(bundle: OpenBundle, index: number): Promise<Buffer> {
  const { start, size, contentSize } = bundle.map.frame(index);
  if (contentSize > MAX_FRAME || size > MAX_FRAME)
    throw new CodedError('damaged', `a frame of ${contentSize} bytes is not believed`);
  const frame = await bundle.bytes.read(start, size);
  const content = frame.length === size ? await decompressFrameAsync(frame, contentSize) : undefined;
  if (content === undefined) throw new CodedError('damaged', `the frame at byte ${start} is damaged`);
  return content;
}
