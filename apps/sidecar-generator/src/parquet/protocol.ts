import type { IndexLocation, IndexPiece } from '@crates-mirror/crates-index';
import type { SelectionData } from '@crates-mirror/selection/selector';

/** Options for writing partitions. */
export interface PartitionOptions {
  /** Directory of the data set. */
  readonly directory: string;
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
