import type { SharedOptions } from '@crates-mirror/cli';
import type { S3Options } from '@crates-mirror/s3';
import type { S3Address } from '@crates-mirror/s3/address';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';
import type { PartitionOptions } from './parquet/protocol.ts';

/** Options of a lane. Plain data, so that it can be sent to a worker thread. */
export interface LaneOptions {
  readonly cratesBaseUrl: string;
  /** A layout's name or template. */
  readonly layout: string;
  readonly pretty: boolean;
  /** The tree that gets a sidecar for each crate version; undefined for a stream of lines. */
  readonly out: string | undefined;
}

/** A data set in an object store. */
export interface DataSetBucket {
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Directory for partitions that are not uploaded yet, and for what is known of the others. */
  readonly cacheDirectory: string;
}

/** A data set and its options. */
export interface DataSetOptions extends Pick<PartitionOptions, 'place' | 'hasRaw' | 'level'> {
  /** undefined if its place is a directory */
  readonly bucket: DataSetBucket | undefined;
}

/** The options of a run, fully validated. */
export interface SidecarOptions extends SharedOptions, LaneOptions {
  readonly indexDir: string;
  /** Refuse to create a new tree of sidecars. */
  readonly requireExisting: boolean;
  /** Which versions get sidecars. */
  readonly rules: SelectionRules;
  /** Only explain why versions of a crate are selected or not; undefined for a normal run. */
  readonly explain: Asked | undefined;
  /** Maximum number of threads. */
  readonly concurrency: number;
  /** Maximum number of crate versions; 0 for all. */
  readonly limit: number;
  /** Destination of the stream: a file, or `-` for stdout. */
  readonly jsonlOut: string;
  /** zstd compression level of the stream; undefined if it is not compressed. */
  readonly compressLevel: number | undefined;
  /** Options of a data set; undefined in all other modes. */
  readonly dataSet: DataSetOptions | undefined;
  /** Path of the downloader's manifest. */
  readonly manifest: string | undefined;
  /** Directory of the downloader's bundles, whose catalog contains their file names. */
  readonly bundlesDir: string | undefined;
  readonly prune: boolean;
  /** Prune without confirmation. */
  readonly yes: boolean;
}
