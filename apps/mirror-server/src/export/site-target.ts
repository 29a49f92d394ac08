import type { Place, WantedFile } from '@crates-mirror/crate-files';

/** State of a crate file in a site: correct, absent, or with other content. */
export type Standing = 'right' | 'missing' | 'wrong';

type Soon<T> = T | Promise<T>;

/** The crate files of a site. Paths are relative to `crates`. */
export interface SiteFiles {
  /** The worst standing among the paths of a file. */
  standing(wanted: WantedFile, place: Place): Soon<Standing>;
  /** Bytes of a crate file that is already in the site; undefined if it is absent or different. */
  sizeInPlace(wanted: WantedFile): Soon<number | undefined>;
  /**
   * The site's copy if it is intact; called when the mirror's copy is not. A copy that cannot be
   * read at the moment does not count, because the site could not promise it.
   */
  wholeCopy(wanted: WantedFile): Soon<WholeCopy | undefined>;
  /** @returns bytes written. @throws CodedError if the mirror's file is damaged or missing */
  put(wanted: WantedFile, place: Place): Promise<number>;
  /** All paths in the site, including files that were not exported by this run. */
  paths(): Iterable<string> | AsyncIterable<string>;
  has(path: string): boolean;
  /** Lower-case hex; undefined if unknown. */
  sha256Of(path: string): Soon<string | undefined>;
  /** Removes a file if it exists. */
  remove(path: string): Soon<void>;
  /** Records the verified files in the ledger. */
  flush(): void;
}

export interface WholeCopy {
  /** Path in the file system; undefined if the copy is elsewhere. */
  readonly path: string | undefined;
  /** Bytes. */
  readonly size: number;
}

/**
 * The index files of a site, which are staged, and published together once the crate files are in
 * place. Paths are relative to `index`.
 */
export interface SiteIndex {
  /** Reads a published file. */
  read(path: string): Soon<Buffer | undefined>;
  /** Whether the published file has exactly these bytes. */
  isPublished(path: string, bytes: Buffer): Soon<boolean>;
  /** Stages an index file for {@link publish}. */
  stage(path: string, bytes: Buffer): void;
  /**
   * Publishes one file now if it differs, because entries must be removed before their crate files
   * are replaced.
   */
  replaceNow(path: string, bytes: Buffer): Soon<void>;
  /** Publishes the staged files. @param onPublished called after each */
  publish(onPublished: () => void): Soon<void>;
  /** Publishes `config.json`. */
  writeConfig(bytes: Buffer): Soon<void>;
  remove(path: string): Soon<void>;
  /** Paths of published index files. */
  paths(): Iterable<string> | AsyncIterable<string>;
}

/** The destination of an export. */
export interface SiteTarget {
  /** As the user specified it. */
  readonly name: string;
  readonly files: SiteFiles;
  readonly index: SiteIndex;
  /** Number of crates processed in parallel. */
  readonly concurrency: number;
}

/** A site for which this run holds the lock. */
export interface OpenTarget {
  readonly target: SiteTarget;
  /** Note to log if this run creates the site. */
  readonly newPlace: string | undefined;
  /** Releases the lock. */
  release(): Promise<void>;
  /** Releases the lock within a signal handler, as far as that is possible. */
  releaseNow(): void;
}
