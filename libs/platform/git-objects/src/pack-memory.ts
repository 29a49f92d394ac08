import { readSync } from 'node:fs';
import { type Block, BlockRing } from './block-ring.ts';
import { unreadable } from './git-object.ts';
import { loadModule, type PackModule } from './pack-module.ts';

const PAGE = 1 << 16;
/** Several objects have room in so many bytes, which cost little more to read than one. */
const WINDOW = 1 << 13;
/** For objects that others are deltas of: most are the base of several. */
const RING = 24 << 20;
/** bytes. The largest object, its delta and its base have room several times over. */
const MAX_MEMORY = 320 << 20;

/**
 * Memory in which objects of packs are inflated and put together, used again for one after the other. zlib, called from JavaScript,
 * takes longer to be set up for an object of a few kB than to inflate it.
 */
export class PackMemory {
  /** Bases, which stay for a while. */
  readonly ring: BlockRing;
  readonly #module: PackModule = loadModule();
  readonly #heap: number;
  #memory: Buffer;
  #top: number;
  /** What is at INPUT: which file, from where, how many bytes. */
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

  /** Gives up every block but those of the ring. */
  clear(): void {
    this.#top = this.#heap;
  }

  /**
   * Room for so many bytes, until it is cleared.
   *
   * @throws CodedError where a chain of deltas takes more than there may be
   */
  block(length: number): Block {
    const address = this.#top;
    this.#top += length + this.#module.SLACK;
    this.#reserve(this.#top);
    return { address, length };
  }

  /** Room for a base, or any room where the ring has none. @param used a block that is still read */
  keep(key: number, length: number, used?: Block): Block {
    return this.ring.take(key, length, this.#module.SLACK, used) ?? this.block(length);
  }

  /** The bytes of a block, until it is taken by others. */
  view({ address, length }: Block): Buffer {
    return this.#memory.subarray(address, address + length);
  }

  /** Bytes of a file, `length` of them at most, until the next call. */
  bytesAt(fd: number, position: number, length: number): Buffer {
    this.#load(fd, position, length);
    const address = this.#module.INPUT + position - this.#start;
    return this.#memory.subarray(address, Math.min(address + length, this.#module.INPUT + this.#length));
  }

  /**
   * Inflates the stream that begins somewhere in a file.
   *
   * @param length bytes of it that are looked at
   * @returns whether it fills the block; not so when it goes on, makes no sense, or has another length
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

  /** The size of what a delta makes, as it says itself; it may be any. */
  resultSize({ address, length }: Block): number {
    return this.#module.resultSize(address, address + length) >>> 0;
  }

  /** Puts together what a delta makes of a base. @returns whether they fit, and fill the block */
  applyDelta(base: Block, delta: Block, result: Block): boolean {
    const { applyDelta } = this.#module;
    const deltaEnd = delta.address + delta.length;
    return (
      applyDelta(base.address, base.length, delta.address, deltaEnd, result.address, result.length) !== 0
    );
  }

  /** A file is closed: its number may be another one's next. */
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
    // Each growth may copy all that is there: by halves, their number stays small.
    memory.grow(Math.ceil(Math.max(missing, this.#memory.length / 2) / PAGE));
    this.#memory = Buffer.from(memory.buffer);
  }
}
