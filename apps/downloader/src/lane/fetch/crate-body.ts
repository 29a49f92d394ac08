import type { Hash } from 'node:crypto';
import { readFileSync, type Stats } from 'node:fs';
import { CodedError } from '@crates-mirror/errors';
import { AtomicFile, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { createSha256, hashFile, sha256Hex } from '@crates-mirror/hashing/sha256';
import type { BodySink, Resume } from '@crates-mirror/http-client';
import type { BodyMemory } from './body-memory.ts';
import { MIN_PARTIAL, type PartialFacts, type PartialFile } from './partial/partial-file.ts';

/** The largest crate files have some hundred MB. An endless body must not fill the disk. */
const MAX_CRATE = 2 ** 31;
/** A longer body is written to disk while it arrives. Nearly all crate files are shorter. */
const MAX_HELD = 1 << 20;
/** Initial buffer for a body of unknown length. */
const FIRST_PIECE = 64 << 10;

/** A body that is longer than its target's file may be. */
export class TooLarge extends CodedError {
  /** In bytes. If the length is unknown, the number of bytes received. */
  readonly size: number;

  constructor(size: number, most: number) {
    super('too_large', `${size} bytes, and --max-size is ${most}: not fetched`);
    this.size = size;
  }
}

/** Where the beginning of a large body is kept, so that another attempt or run can resume it. */
export interface Keeping {
  readonly url: string;
  /** Of the whole file, in lower-case hex. */
  readonly sha256: string;
  readonly create: (facts: PartialFacts) => PartialFile;
}

/**
 * Receives one crate file. Small bodies are held in memory, then hashed and written at once when
 * they are complete. Large bodies, and all bodies while the lane's memory is exhausted, are written
 * to a temporary file piece by piece.
 */
export class CrateBody implements BodySink {
  readonly #temporaryDirectory: string;
  readonly #memory: BodyMemory;
  readonly #largest: number;
  #piece: Buffer | undefined;
  #size = 0;
  #length: number | undefined;
  #validator: string | undefined;
  #isResumed = false;
  #file: AtomicFile | PartialFile | undefined;
  #hash: Hash | undefined;
  readonly #keeping: Keeping | undefined;
  readonly #maxSize: number;

  /**
   * @param keeping where to keep the body if it can be resumed after it breaks off
   * @param maxSize bytes; a longer body throws {@link TooLarge}
   */
  constructor(
    temporaryDirectory: string,
    memory: BodyMemory,
    largest: number = MAX_CRATE,
    keeping?: Keeping,
    maxSize: number = Number.POSITIVE_INFINITY,
  ) {
    this.#keeping = keeping;
    this.#maxSize = maxSize;
    this.#temporaryDirectory = temporaryDirectory;
    this.#memory = memory;
    this.#largest = largest;
  }

  /** Bytes received. */
  get size(): number {
    return this.#size;
  }

  /** Whether the server sent the length of the body. */
  get hasLength(): boolean {
    return this.#length !== undefined;
  }

  /**
   * The parameters for requesting the rest. Undefined unless enough was received to make that
   * worthwhile and a validator can prove that the rest is of the same file.
   */
  get resume(): Resume | undefined {
    const [from, length, validator] = [this.#size, this.#length, this.#validator];
    if (from < MIN_PARTIAL || length === undefined || validator === undefined) return undefined;
    return this.#file === undefined || from >= length ? undefined : { from, length, validator };
  }

  /** Whether the body was assembled from more than one response. */
  get isResumed(): boolean {
    return this.#isResumed;
  }

  /** @throws TooLarge if the announced length exceeds the maximum */
  begin(length: number | undefined, validator?: string): void {
    this.discard();
    if (length !== undefined && length > this.#maxSize) throw new TooLarge(length, this.#maxSize);
    this.#length = length;
    this.#validator = this.#keeping && validator;
  }

  onRest(): void {
    this.#isResumed = true;
  }

  /** Uses what an earlier run left as the beginning. @throws the system's error */
  goOnWith(file: PartialFile): void {
    this.discard();
    this.#file = file;
    this.#hash = createSha256();
    this.#size = hashFile(file.temporaryPath, this.#hash);
    this.#length = file.facts.length;
    this.#validator = file.facts.validator;
  }

  data(chunk: Uint8Array): void {
    const size = this.#size + chunk.length;
    if (size > this.#maxSize) throw new TooLarge(this.#length ?? size, this.#maxSize);
    if (size > this.#largest) {
      throw new CodedError('too_large', `more than ${this.#largest} bytes, which no crate file has`);
    }
    if (this.#file === undefined && this.#makeRoom(size)) this.#piece?.set(chunk, this.#size);
    else this.#append(chunk);
    this.#size = size;
  }

  /** Completes the body. @returns its SHA-256 in lower-case hex */
  digest(): string {
    return this.#hash === undefined ? sha256Hex(this.#held) : this.#hash.digest('hex');
  }

  /** The whole body, if it is held in memory. Valid until the body is stored or discarded. */
  get content(): Buffer | undefined {
    return this.#file === undefined ? this.#held : undefined;
  }

  /** The temporary file with the whole body, if it is not held in memory. */
  get file(): string | undefined {
    return this.#file?.temporaryPath;
  }

  /**
   * Reads the whole body from memory or disk; undefined if it is longer than `most` bytes. Valid
   * until the body is stored or discarded.
   */
  read(most: number): Buffer | undefined {
    if (this.#size > most) return undefined;
    return this.#file === undefined ? this.#held : readFileSync(this.#file.temporaryPath);
  }

  /** Replaces the received bytes. @param content must not be memory of this body */
  replace(content: Buffer): void {
    this.begin(content.length);
    this.data(content);
  }

  /** Moves the file to its final path. */
  store(finalPath: string): Stats {
    try {
      return (
        this.#file?.commit(finalPath) ??
        writeFileAtomic(finalPath, this.#held, { temporaryDirectory: this.#temporaryDirectory })
      );
    } finally {
      this.discard();
    }
  }

  /** Frees memory and disk space. */
  discard(): void {
    this.#file?.discard();
    this.#file = undefined;
    this.#hash = undefined;
    this.#release();
    this.#size = 0;
    this.#validator = undefined;
    this.#isResumed = false;
  }

  get #held(): Buffer {
    return this.#piece?.subarray(0, this.#size) ?? Buffer.alloc(0);
  }

  /**
   * Reserves memory for a body of `size` bytes.
   *
   * @returns false if the body has to be written to disk
   */
  #makeRoom(size: number): boolean {
    const piece = this.#piece;
    if (piece !== undefined && size <= piece.length) return true;
    const wanted = Math.max(size, this.#length ?? (piece === undefined ? FIRST_PIECE : 2 * piece.length));
    const larger = wanted > MAX_HELD ? undefined : this.#memory.take(wanted);
    if (larger === undefined) return false;
    larger.set(this.#held);
    this.#release();
    this.#piece = larger;
    return true;
  }

  #append(chunk: Uint8Array): void {
    if (this.#file === undefined) {
      this.#file = this.#newFile();
      this.#hash = createSha256();
      this.#write(this.#held);
      this.#release();
    }
    this.#write(chunk);
  }

  #newFile(): AtomicFile | PartialFile {
    const [keeping, length, validator] = [this.#keeping, this.#length, this.#validator];
    if (keeping === undefined || validator === undefined || length === undefined || length <= MAX_HELD)
      return new AtomicFile(this.#temporaryDirectory);
    return keeping.create({ url: keeping.url, sha256: keeping.sha256, validator, length });
  }

  #write(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
    this.#file?.write(bytes);
  }

  #release(): void {
    if (this.#piece !== undefined) this.#memory.give(this.#piece);
    this.#piece = undefined;
  }
}
