import type { IndexLocation } from '@crates-mirror/crates-index';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { LaneOptions } from '../options.ts';

/** What a lane's thread is started with. */
export interface LaneStart {
  readonly options: LaneOptions;
  /** Where the index is. */
  readonly index: IndexLocation;
  /** Which versions get sidecars. */
  readonly selection: SelectionData;
  /** Where `options.out` is, for these threads; undefined for a stream */
  readonly root: string | undefined;
  /** A MirroredTable's memory. */
  readonly mirrored: SharedArrayBuffer | undefined;
  /** What the files of bundles are called, by the bundles' ids. */
  readonly bundleFiles: Readonly<Record<string, string>>;
}

/** Index lines and crate versions by what became of them. */
export interface Counts {
  /** Lines that are entries. */
  lines: number;
  /** Lines that a later one for the same version replaces. */
  duplicates: number;
  /** Lines that are yanked, whether they have a sidecar or not. */
  yanked: number;
  /** Sidecars that were not there, or lines of the stream. */
  fresh: number;
  changed: number;
  unchanged: number;
  /** Versions that are not selected: yanked ones, say. */
  leftOut: number;
  /** bytes written */
  bytes: number;
}

/** Something of the input that could not be used, or a sidecar that could not be written. */
export interface Problem {
  /** Index file below its root, or the sidecar's path. */
  readonly file: string;
  /** 1-based; 0 when the whole file is meant */
  readonly line: number;
  readonly message: string;
  /** How many of its kind it stands for [1]; 0 where there is a sidecar all the same. */
  readonly count?: number;
}

/** What became of a partition's file. */
export type PartitionOutcome = 'written' | 'unchanged' | 'kept';

export type PartitionResult = readonly [name: string, outcome: PartitionOutcome];

/** What became of a piece. */
export interface FromLane {
  readonly counts: Counts;
  readonly problems: readonly Problem[];
  /** The piece's part of the stream. */
  readonly output: Uint8Array<ArrayBuffer> | undefined;
  /** Partitions that have rows: in a data set alone. */
  readonly partitions?: readonly PartitionResult[];
  /** Going on would meet the same everywhere: a full disk, say. */
  readonly fatal: string | undefined;
}

export function noCounts(): Counts {
  return {
    lines: 0,
    duplicates: 0,
    yanked: 0,
    fresh: 0,
    changed: 0,
    unchanged: 0,
    leftOut: 0,
    bytes: 0,
  };
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key];
}

/** Versions settled. */
export function processed({ fresh, changed, unchanged, leftOut }: Counts): number {
  return fresh + changed + unchanged + leftOut;
}
