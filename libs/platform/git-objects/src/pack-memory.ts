import { readSync } from 'node:fs';
import { type Block, BlockRing } from './block-ring.ts';
import { unreadable } from './git-object.ts';
import { loadModule, type PackModule } from './pack-module.ts';

const PAGE = 1 << 16;
/** Several objects fit into this many bytes, which cost little more to read than one object. */
const WINDOW = 1 << 13;
/** For delta bases: most serve several objects. */
const RING = 24 << 20;
/** bytes. Several times the largest object, its delta and its base. */
const MAX_MEMORY = 320 << 20;

/**
 * Reusable memory in which packed objects are inflated and assembled, one after the other. zlib,
 * called from JavaScript, takes longer to set up for an object of a few kB than to inflate it.
 */
export class PackMemory {
  /** Bases, kept for a while. */
  readonly ring: BlockRing;
  readonly #module: PackModule = loadModule();
  readonly #heap: number;
  #memory: Buffer;
  #top: number;
  /** The content of INPUT: its file, offset and length in bytes. */
  #fd = -1;
  #start = 0;
  #length = 0;

  constructor() {
    const { memory, INPUT, SLACK } = this.#module;
    const start = INPUT + WINDOW + SLACK;
    this.#heap = start + RING;
    this.#top = this.#heap;
    this.#memory = Buffer.from(memory.buffer);
    this.ring = new BlockRing(start, this.#heap);
    this.#reserve(this.#heap);
  }

  /** Frees all blocks outside the ring. */
  clear(): void {
    this.#top = this.#heap;
  }

  /**
   * Allocates a block that is valid until the next clear.
   *
   * @throws CodedError if a chain of deltas exceeds the memory limit
   */
  block(length: number): Block {
    const address = this.#top;
    this.#top += length + this.#module.SLACK;
    this.#reserve(this.#top);
    return { address, length };
  }

  /**
   * Allocates a block for a base in the ring, or elsewhere if the ring is full.
   *
   * @param used a block that is still read
   */
  keep(key: number, length: number, used?: Block): Block {
    return this.ring.take(key, length, this.#module.SLACK, used) ?? this.block(length);
  }

  /** The bytes of a block, valid until it is reallocated. */
  view({ address, length }: Block): Buffer {
    return this.#memory.subarray(address, address + length);
  }

  /** Up to `length` bytes of a file, valid until the next call. */
  bytesAt(fd: number, position: number, length: number): Buffer {
    this.#load(fd, position, length);
    const address = this.#module.INPUT + position - this.#start;
    return this.#memory.subarray(address, Math.min(address + length, this.#module.INPUT + this.#length));
  }

  /**
   * Inflates a stream at an offset in a file.
   *
   * @param length bytes of it to read
   * @returns whether it fills the block exactly; false if it is truncated or malformed, or has
   *   another length
   */
  inflateAt(fd: number, position: number, length: number, block: Block): boolean {
    const { inflate, INPUT } = this.#module;
    const end = block.address + block.length;
    if (length <= WINDOW) {
      this.#load(fd, position, length);
      const input = INPUT + position - this.#start;
      return inflate(input, INPUT + this.#length, block.address, end) === block.length;
    }
    const { address } = this.block(length);
    const count = readSync(fd, this.#memory, address, length, position);
    return inflate(address, address + count, block.address, end) === block.length;
  }

  /** The result size that a delta declares, unchecked. */
  resultSize({ address, length }: Block): number {
    return this.#module.resultSize(address, address + length) >>> 0;
  }

  /** Applies a delta to a base. @returns whether the two match, and the result fills the block */
  applyDelta(base: Block, delta: Block, result: Block): boolean {
    const { applyDelta } = this.#module;
    const deltaEnd = delta.address + delta.length;
    return (
      applyDelta(base.address, base.length, delta.address, deltaEnd, result.address, result.length) !== 0
    );
  }

  /** Called when a file is closed, since its descriptor may be reused. */
  forget(fd: number): void {
    if (this.#fd === fd) this.#fd = -1;
  }

  #load(fd: number, position: number, length: number): void {
    const isThere =
      fd === this.#fd && position >= this.#start && position + length <= this.#start + this.#length;
    if (isThere) return;
    this.#fd = -1;
    this.#length = readSync(fd, this.#memory, this.#module.INPUT, WINDOW, position);
    this.#fd = fd;
    this.#start = position;
  }

  #reserve(end: number): void {
    const missing = end - this.#memory.length;
    if (missing <= 0) return;
    if (end > MAX_MEMORY) throw unreadable('an object takes too much memory to be put together');
    const { memory } = this.#module;
    // Each growth may copy the memory: growing by half keeps the number of copies small.
    memory.grow(Math.ceil(Math.max(missing, this.#memory.length / 2) / PAGE));
    this.#memory = Buffer.from(memory.buffer);
  }
}
