import type { IndexLocation, IndexPiece } from '@crates-mirror/crates-index';
import type { SelectionData } from '@crates-mirror/selection/selector';

/** How partitions are written. */
export interface PartitionOptions {
  /** Where the data set is. */
  readonly directory: string;
  /** Whether lines are kept as they stand. */
  readonly hasRaw: boolean;
  /** zstd's level. */
  readonly level: number;
}

/** What a lane's thread is started with. */
export interface PartitionLaneStart {
  readonly options: PartitionOptions;
  readonly index: IndexLocation;
  readonly selection: SelectionData;
}

/** Whole shards of the index. */
export interface PartitionPiece extends IndexPiece {
  /** Those of which something could not be listed. */
  readonly unreadable: readonly string[];
}
