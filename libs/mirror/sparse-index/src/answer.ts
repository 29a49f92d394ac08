import { parseIndexFile } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Selection } from '@crates-mirror/selection';

/** Of SHA-256, which nobody can make collide in half of its length by chance. */
const TAG_LENGTH = 32;
/** What an answer takes besides its bytes, and what they take compressed. */
const OVERHEAD = 3000;
const WITH_VARIANTS = 1.5;
/** What an entry of a map takes whose key is a version and whose value a checksum. */
const OF_CHECKSUM = 200;

/** What a state of the file system came to. */
export interface Origin {
  /** Of the index file, as stateOfPath tells it. */
  readonly fileKey: string;
  /** Of the crate files. */
  readonly filesKey: string;
  readonly additions: number;
  /** The directories they are in; undefined where they tell nothing. */
  readonly directories: readonly string[] | undefined;
  /** Whether every crate file was found. */
  readonly isComplete: boolean;
  /** What chose the entries. */
  readonly policy: Selection;
}

/** What of an index file is served, and what is not. */
export interface ServedLines {
  /** Lines, each with its newline. */
  readonly bytes: Buffer;
  /** SHA-256 by version of the entries whose crate files are not held. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** An index file as it is served. */
export class Answer {
  /** Lines, each with its newline; empty where the mirror holds none of the crate's files. */
  readonly bytes: Buffer;
  /** Hex, of the bytes. */
  readonly tag: string;
  /** When the index file or the crate files changed, ms since the epoch. */
  readonly lastModified: number;
  readonly origin: Origin;
  /** On the clock of performance.now(). */
  readonly madeAt: number;
  checkedAt: number;
  /** When the index file was last seen to be the one that this was made of. */
  indexCheckedAt: number;
  readonly #path: string;
  readonly #leftOut: ReadonlyMap<string, string>;
  readonly #variants = new Map<string, Promise<Buffer>>();
  #checksums: ReadonlyMap<string, string> | undefined;

  constructor(
    path: string,
    { bytes, leftOut }: ServedLines,
    lastModified: number,
    origin: Origin,
    madeAt: number,
  ) {
    this.#path = path;
    this.#leftOut = leftOut;
    this.bytes = bytes;
    this.tag = sha256Hex(bytes).slice(0, TAG_LENGTH);
    this.lastModified = lastModified;
    this.origin = origin;
    this.madeAt = madeAt;
    this.checkedAt = madeAt;
    this.indexCheckedAt = madeAt;
  }

  /** bytes, about */
  get memory(): number {
    return Math.ceil(this.bytes.length * WITH_VARIANTS) + this.#leftOut.size * OF_CHECKSUM + OVERHEAD;
  }

  /** The bytes in another form, made once. */
  variant(name: string, make: (bytes: Buffer) => Promise<Buffer>): Promise<Buffer> {
    let variant = this.#variants.get(name);
    if (variant === undefined) {
      variant = make(this.bytes);
      this.#variants.set(name, variant);
    }
    return variant;
  }

  /** SHA-256 by which the index names a version's crate file, held or not; undefined where it does not name the version. */
  checksumOf(version: string): string | undefined {
    return this.#served(version) ?? this.#leftOut.get(version);
  }

  #served(version: string): string | undefined {
    this.#checksums ??= new Map(
      parseIndexFile(this.bytes, this.#path).entries.map((entry) => [entry.version, entry.cksum]),
    );
    return this.#checksums.get(version);
  }
}
