import type { IndexLocation } from '@crates-mirror/crates-index';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { LaneOptions } from '../options.ts';

/** Start data of a lane's thread. */
export interface LaneStart {
  readonly options: LaneOptions;
  /** Location of the index. */
  readonly index: IndexLocation;
  /** Which versions get sidecars. */
  readonly selection: SelectionData;
  /** Path of `options.out` for these threads; undefined for a stream */
  readonly root: string | undefined;
  /** Memory of a MirroredTable. */
  readonly mirrored: SharedArrayBuffer | undefined;
  /** File names of bundles, by bundle id. */
  readonly bundleFiles: Readonly<Record<string, string>>;
}

/** Index lines and crate versions by outcome. */
export interface Counts {
  /** Lines that are entries. */
  lines: number;
  /** Lines that are replaced by a later one for the same version. */
  duplicates: number;
  /** Yanked lines, whether they have a sidecar or not. */
  yanked: number;
  /** Sidecars that did not exist before, or lines of the stream. */
  fresh: number;
  changed: number;
  unchanged: number;
  /** Versions that are not selected, such as yanked ones. */
  leftOut: number;
  /** Bytes written. */
  bytes: number;
}

/** A part of the input that could not be used, or a sidecar that could not be written. */
export interface Problem {
  /** Path of the index file relative to the index root, or path of the sidecar. */
  readonly file: string;
  /** 1-based; 0 for the whole file */
  readonly line: number;
  readonly message: string;
  /** Number of problems that this one represents [1]; 0 if there is a sidecar nevertheless. */
  readonly count?: number;
}

/** The outcome for a partition's file. */
export type PartitionOutcome = 'written' | 'unchanged' | 'kept';

export type PartitionResult = readonly [name: string, outcome: PartitionOutcome];

/** The outcome for a piece. */
export interface FromLane {
  readonly counts: Counts;
  readonly problems: readonly Problem[];
  /** The piece's part of the stream. */
  readonly output: Uint8Array<ArrayBuffer> | undefined;
  /** Partitions that have rows. Only for a data set. */
  readonly partitions?: readonly PartitionResult[];
  /** An error that would occur everywhere else, too, such as a full disk. */
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

/** Number of versions processed. */
export function processed({ fresh, changed, unchanged, leftOut }: Counts): number {
  return fresh + changed + unchanged + leftOut;
}
