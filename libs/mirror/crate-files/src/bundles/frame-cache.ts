import { decompressFrameAsync } from '@crates-mirror/bundle/reading';
import { CodedError } from '@crates-mirror/errors';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { OpenBundle } from './open-bundle.ts';

/** Frames of four megabytes hold a hundred crate files that are often asked for together. */
const MAX_BYTES = 48 << 20;
/** Nobody's frame is larger: ours have four megabytes at most. */
const MAX_FRAME = 64 << 20;
const MAX_AT_ONCE = 4;

/**
 * Decoded frames, those asked for last, of all bundles. Memory is bounded: 48 MiB held, and four frames being decoded.
 * Whoever asks for a frame that is being decoded gets that one.
 */
export class FrameCache {
  readonly #frames = new LRUCache<string, Buffer>({
    maxSize: MAX_BYTES,
    sizeCalculation: (frame) => frame.length + 1,
  });
  readonly #decoding = new Map<string, Promise<Buffer>>();
  readonly #limit = pLimit(MAX_AT_ONCE);

  /** @throws CodedError for a damaged frame, and the system's error where it cannot be read */
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
  const { buffer, bytesRead } = await bundle.file.read(Buffer.allocUnsafe(size), 0, size, start);
  const content = bytesRead === size ? await decompressFrameAsync(buffer, contentSize) : undefined;
  if (content === undefined) throw new CodedError('damaged', `the frame at byte ${start} is damaged`);
  return content;
}
