import type { SharedOptions } from '@crates-mirror/cli';

/** A crate, or one version of it. */
export interface Wanted {
  readonly name: string;
  /** Undefined for all versions. */
  readonly version: string | undefined;
}

/** The options of a run, fully validated. */
export interface ExtractorOptions extends SharedOptions {
  readonly bundlesDir: string;
  /** Glob pattern for file names. */
  readonly pattern: string;
  readonly action: 'extract' | 'list' | 'verify';
  /** Where files are extracted to; empty for the other actions. */
  readonly out: string;
  /** Whether to replace existing files that have different content. */
  readonly overwrite: boolean;
  readonly crate: Wanted | undefined;
}
