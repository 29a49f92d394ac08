import type { IndexLocation, IndexPiece } from '@crates-mirror/crates-index';
import type { SelectionData } from '@crates-mirror/selection/selector';

/** What a partition records of itself. */
export interface PartitionState {
  readonly rows: number;
  /** Digest of its input. */
  readonly content: string;
}

/** Options for writing partitions. */
export interface PartitionOptions {
  /** Directory for written partitions: that of the data set, unless it is in a bucket. */
  readonly directory: string;
  /** The data set as messages name it. */
  readonly place: string;
  /** The partitions of a data set in a bucket; undefined for one in the directory. */
  readonly known: ReadonlyMap<string, PartitionState> | undefined;
  /** Whether to keep the original lines. */
  readonly hasRaw: boolean;
  /** zstd compression level. */
  readonly level: number;
}

/** Start data of a lane's thread. */
export interface PartitionLaneStart {
  readonly options: PartitionOptions;
  readonly index: IndexLocation;
  readonly selection: SelectionData;
}

/** Whole shards of the index. */
export interface PartitionPiece extends IndexPiece {
  /** Shards that could not be listed completely. */
  readonly unreadable: readonly string[];
}
