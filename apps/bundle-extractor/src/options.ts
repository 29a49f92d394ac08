import type { SharedOptions } from '@crates-mirror/cli';

/** One crate, or one version of it. */
export interface Wanted {
  readonly name: string;
  /** undefined for all versions */
  readonly version: string | undefined;
}

/** What a run is told, fully validated. */
export interface ExtractorOptions extends SharedOptions {
  readonly bundlesDir: string;
  /** Glob over file names. */
  readonly pattern: string;
  readonly action: 'extract' | 'list' | 'verify';
  /** Where the files go; empty unless extracting. */
  readonly out: string;
  /** Replace files that are there with other content. */
  readonly overwrite: boolean;
  readonly crate: Wanted | undefined;
}
