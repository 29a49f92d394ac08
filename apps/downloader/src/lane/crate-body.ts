import type { Hash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { CodedError } from '@crates-mirror/errors';
import { AtomicFile, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { createSha256, sha256Hex } from '@crates-mirror/hashing';
import type { BodySink } from '@crates-mirror/http-client';

/** The largest crate files have some hundred MB: a body that does not end must not fill the disk. */
const LARGEST_CRATE = 2 ** 31;
/** A body longer than this goes to disk while it arrives. Nearly all crate files are shorter. */
const LONGEST_BUFFERED = 1 << 20;
/** All bodies of a lane that are held in memory together. */
const LANE_BUFFER = 32 << 20;

/** Counts what the bodies of one lane hold in memory, so that it stays bounded at any concurrency. */
export interface BufferBudget {
  /** bytes */
  held: number;
}

/**
 * Receives one crate file, hashing it. Small bodies are held and written in one go, once they are known to be right;
 * large ones, and any once the lane holds a lot, go to a temporary file piece by piece.
 */
export class CrateBody implements BodySink {
  readonly #temporaryDirectory: string;
  readonly #budget: BufferBudget;
  readonly #largest: number;
  #chunks: Buffer[] = [];
  #held = 0;
  #size = 0;
  #file: AtomicFile | undefined;
  #hash: Hash | undefined;

  constructor(temporaryDirectory: string, budget: BufferBudget, largest: number = LARGEST_CRATE) {
    this.#largest = largest;
    this.#temporaryDirectory = temporaryDirectory;
    this.#budget = budget;
  }

  /** bytes received */
  get size(): number {
    return this.#size;
  }

  /** Whether the server said how long the body is. */
  hasLength = false;

  begin(length: number | undefined): void {
    this.discard();
    this.hasLength = length !== undefined;
  }

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#largest) {
      throw new CodedError('too_large', `more than ${this.#largest} bytes, which no crate file has`);
    }
    if (this.#file !== undefined) {
      this.#append(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#budget.held += chunk.length;
    if (this.#held > LONGEST_BUFFERED || this.#budget.held > LANE_BUFFER) this.#spill();
  }

  /** Ends the body. @returns its SHA-256, lower-case hex */
  digest(): string {
    if (this.#hash !== undefined) return this.#hash.digest('hex');
    return sha256Hex(this.#joined());
  }

  /** The whole body, where it is held in memory. */
  get content(): Buffer | undefined {
    return this.#file === undefined ? this.#joined() : undefined;
  }

  /** The temporary file that has the whole body, where it is not held in memory. */
  get file(): string | undefined {
    return this.#file?.temporaryPath;
  }

  /** Puts the file under its final name. */
  store(finalPath: string): Stats {
    try {
      return (
        this.#file?.commit(finalPath) ??
        writeFileAtomic(finalPath, this.#joined(), { temporaryDirectory: this.#temporaryDirectory })
      );
    } finally {
      this.discard();
    }
  }

  /** Frees what is held, in memory and on disk. */
  discard(): void {
    this.#file?.discard();
    this.#file = undefined;
    this.#hash = undefined;
    this.#release();
    this.#size = 0;
  }

  #spill(): void {
    this.#file = new AtomicFile(this.#temporaryDirectory);
    this.#hash = createSha256();
    const chunks = this.#chunks;
    this.#release();
    for (const chunk of chunks) this.#append(chunk);
  }

  #append(chunk: Buffer): void {
    this.#hash?.update(chunk);
    this.#file?.write(chunk);
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #release(): void {
    this.#budget.held -= this.#held;
    this.#held = 0;
    this.#chunks = [];
  }
}
