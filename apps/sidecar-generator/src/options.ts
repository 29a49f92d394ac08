import type { SharedOptions } from '@crates-mirror/cli';
import type { SelectionRules } from '@crates-mirror/selection/options';
import type { PartitionOptions } from './parquet/protocol.ts';

/** What a lane is told; plain data, so that it can cross to a worker thread. */
export interface LaneOptions {
  readonly cratesBaseUrl: string;
  /** A layout's name or template. */
  readonly layout: string;
  readonly pretty: boolean;
  /** The tree that gets a file for each crate version; undefined for one stream of lines. */
  readonly out: string | undefined;
}

/** What a run is told, fully validated. */
export interface SidecarOptions extends SharedOptions, LaneOptions {
  readonly indexDir: string;
  /** Refuse to begin a new tree of sidecars. */
  readonly requireExisting: boolean;
  /** Which versions get sidecars. */
  readonly rules: SelectionRules;
  /** Threads at most. */
  readonly concurrency: number;
  /** Crate versions at most; 0 is all. */
  readonly limit: number;
  /** Where the stream goes: a file, or `-` for stdout. */
  readonly jsonlOut: string;
  /** zstd's level for the stream; undefined where it is not compressed. */
  readonly compressLevel: number | undefined;
  /** Where and how a data set is written; undefined for anything else. */
  readonly dataSet: PartitionOptions | undefined;
  /** The downloader's manifest. */
  readonly manifest: string | undefined;
  /** The downloader's bundles, whose catalog names their files. */
  readonly bundlesDir: string | undefined;
  readonly prune: boolean;
  /** Prune without asking. */
  readonly yes: boolean;
}
