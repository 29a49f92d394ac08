import type { Place, WantedFile } from '@crates-mirror/crate-files';

/** How a crate file stands in a site: as it should, not at all, or as another one. */
export type Standing = 'right' | 'missing' | 'wrong';

type Soon<T> = T | Promise<T>;

/** The crate files of a site. Paths are below `crates`. */
export interface SiteFiles {
  /** Of the paths of a file, the one that stands worst. */
  standing(wanted: WantedFile, place: Place): Soon<Standing>;
  /** Bytes of a crate file that is in the site already; undefined where it is not, or another one is. */
  sizeInPlace(wanted: WantedFile): Soon<number | undefined>;
  /**
   * The copy that the site has, if it is whole: the mirror's is not. One that cannot be read now is none that could be promised.
   */
  wholeCopy(wanted: WantedFile): Soon<WholeCopy | undefined>;
  /** @returns bytes that were written. @throws CodedError where the mirror's file is damaged or has gone */
  put(wanted: WantedFile, place: Place): Promise<number>;
  /** All that the site has, also what nobody asked for. */
  paths(): Iterable<string> | AsyncIterable<string>;
  has(path: string): boolean;
  /** Lower-case hex; undefined where nobody can tell. */
  sha256Of(path: string): Soon<string | undefined>;
  /** Removes a file, where there is one. */
  remove(path: string): Soon<void>;
  /** Writes down what was verified. */
  flush(): void;
}

export interface WholeCopy {
  /** In the file system; undefined for what is elsewhere. */
  readonly path: string | undefined;
  /** bytes */
  readonly size: number;
}

/** The index files of a site: kept aside, and published all together once the crate files are there. Paths are below `index`. */
export interface SiteIndex {
  /** What is published. */
  read(path: string): Soon<Buffer | undefined>;
  /** Whether the published file has just these bytes. */
  isPublished(path: string, bytes: Buffer): Soon<boolean>;
  /** Keeps an index file for {@link publish}. */
  stage(path: string, bytes: Buffer): void;
  /** Publishes one file now, if another one is there: entries go before their crate files are replaced. */
  replaceNow(path: string, bytes: Buffer): Soon<void>;
  /** Publishes what was kept. @param onPublished called after each */
  publish(onPublished: () => void): Soon<void>;
  /** Publishes `config.json`. */
  writeConfig(bytes: Buffer): Soon<void>;
  remove(path: string): Soon<void>;
  /** Paths of published index files. */
  paths(): Iterable<string> | AsyncIterable<string>;
}

/** Where a site goes. */
export interface SiteTarget {
  /** As users have named it. */
  readonly name: string;
  readonly files: SiteFiles;
  readonly index: SiteIndex;
  /** Crates that are looked at, at once. */
  readonly concurrency: number;
}

/** A site that this run alone may write to. */
export interface OpenTarget {
  readonly target: SiteTarget;
  /** What to say of a site that this run begins. */
  readonly newPlace: string | undefined;
  /** Gives it back. */
  release(): Promise<void>;
  /** The same within a signal's handler, as far as that goes. */
  releaseNow(): void;
}
