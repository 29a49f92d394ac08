import { parseIndexFile } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Selection } from '@crates-mirror/selection';

/** Hex digits: half of a SHA-256, which rules out accidental collisions. */
const TAG_LENGTH = 32;
/** Estimated memory of an answer besides its bytes, and factor for their compressed variants. */
const OVERHEAD = 3000;
const WITH_VARIANTS = 1.5;
/** Estimated memory of a map entry from a version to a checksum. */
const OF_CHECKSUM = 200;

/** The state of the file system from which an answer was made. */
export interface Origin {
  /** State of the index file, from stateOfPath. */
  readonly fileKey: string;
  /** State of the crate files. */
  readonly filesKey: string;
  readonly additions: number;
  /** Directories of the crate files; undefined if their state is not sufficient. */
  readonly directories: readonly string[] | undefined;
  /** Whether every crate file was found. */
  readonly isComplete: boolean;
  /** The policy that selected the entries. */
  readonly policy: Selection;
}

/** The served and the omitted parts of an index file. */
export interface ServedLines {
  /** Lines, each with its newline. */
  readonly bytes: Buffer;
  /** SHA-256 by version of the entries whose crate files are not held. */
  readonly leftOut: ReadonlyMap<string, string>;
}

/** An index file in its served form. */
export class Answer {
  /** Lines, each with its newline; empty if the mirror holds none of the crate's files. */
  readonly bytes: Buffer;
  /** Hex digest of the bytes. */
  readonly tag: string;
  /** When the index file or the crate files last changed, ms since the epoch. */
  readonly lastModified: number;
  readonly origin: Origin;
  /** A time of performance.now(). */
  readonly madeAt: number;
  checkedAt: number;
  /** When the index file was last confirmed to be unchanged. */
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

  /** Approximate bytes of memory. */
  get memory(): number {
    return Math.ceil(this.bytes.length * WITH_VARIANTS) + this.#leftOut.size * OF_CHECKSUM + OVERHEAD;
  }

  /** The bytes in another encoding, which is made only once. */
  variant(name: string, make: (bytes: Buffer) => Promise<Buffer>): Promise<Buffer> {
    let variant = this.#variants.get(name);
    if (variant === undefined) {
      variant = make(this.bytes);
      this.#variants.set(name, variant);
    }
    return variant;
  }

  /**
   * SHA-256 of a version's crate file in the index, held or not; undefined if the index does not
   * have the version.
   */
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
