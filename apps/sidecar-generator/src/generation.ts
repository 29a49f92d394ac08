import { availableParallelism } from 'node:os';
import { countLater } from '@crates-mirror/crates-index/count';
import type { IndexPiece, IndexPlan } from '@crates-mirror/crates-index/plan';
import { describeError, errorMessage, FatalError } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import { PiecePool } from '@crates-mirror/piece-pool';
import type { Progress } from '@crates-mirror/progress';
import { isPlain, type SelectionRules } from '@crates-mirror/selection/options';
import type { SelectionData, Selector } from '@crates-mirror/selection/selector';
import type { Run } from '@crates-mirror/tool-run';
import type { IndexRoot } from './index-root.ts';
import type { FromLane, LaneStart, Problem } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import type { DataSet } from './parquet/data-set.ts';
import type { PartitionLaneStart } from './parquet/protocol.ts';
import type { Mirror } from './read-manifest.ts';
import type { StreamOut } from './stream-out.ts';
import type { RunEnd } from './summary.ts';
import { goTo } from './take-tree.ts';
import type { Tally } from './tally.ts';

const LANE = new URL('./lane/lane-worker.ts', import.meta.url);
const PARTITION_LANE = new URL('./parquet/partition-worker.ts', import.meta.url);
/** More threads than this only slow each other down in the file system. */
const MAX_LANES = 16;
/**
 * Heap of a lane that writes partitions: enough for the largest file that an index may contain, and
 * little for all others.
 */
const PARTITION_HEAP_MB = 192;
/** Maximum number of pieces queued at one lane. */
const FILES_AHEAD = 8;
/** The text of a stream is held in memory until its turn. */
const STREAM_AHEAD = 2;

export interface Output {
  /** undefined if files are written */
  readonly stream: StreamOut | undefined;
  /** undefined in all other modes */
  readonly dataSet: DataSet | undefined;
}

export interface RunDeps extends Output {
  readonly selection: SelectionData;
  readonly selector: Selector;
  readonly plan: IndexPlan;
  readonly index: IndexRoot;
  /** undefined without a manifest */
  readonly mirror: Mirror | undefined;
  readonly tally: Tally;
  readonly run: Run;
  readonly logger: Logger;
  /** Aborted to stop the run. */
  readonly requested: AbortSignal;
  readonly report: (problem: Problem) => void;
}

/** Generates what the options ask for. Problems of single files are added to the tally. */
export async function generate(options: SidecarOptions, deps: RunDeps): Promise<RunEnd> {
  // Before the lanes start: they resolve their paths against the working directory of the process.
  const goBack = options.out === undefined ? undefined : goTo(options.out);
  try {
    return await new Generation(options, deps, goBack === undefined ? options.out : '.').run();
  } finally {
    goBack?.();
  }
}

/** Sends the pieces of the plan to the lanes, and their results to the output, in order. */
class Generation {
  readonly #options: SidecarOptions;
  readonly #deps: RunDeps;
  readonly #pool: PiecePool<IndexPiece, FromLane>;
  readonly #progress: Progress;
  /** Numbers of files in the pieces whose results are awaited, in order. */
  readonly #sizes: number[] = [];
  #fatal: string | undefined;

  /** @param root directory of the sidecars, as the lanes see it; undefined if no files are written */
  constructor(options: SidecarOptions, deps: RunDeps, root: string | undefined) {
    this.#options = options;
    this.#deps = deps;
    const partitions = this.#partitionStart();
    this.#pool = new PiecePool({
      worker: partitions === undefined ? LANE : PARTITION_LANE,
      count: Math.min(options.concurrency, availableParallelism(), MAX_LANES),
      maxAhead: deps.stream === undefined ? FILES_AHEAD : STREAM_AHEAD,
      start: partitions ?? this.#laneStart(root),
      ...(partitions === undefined ? {} : { oldHeapMb: PARTITION_HEAP_MB }),
      next: () => this.#next(),
      onResult: (result: FromLane) => this.#onResult(result),
    });
    this.#progress = deps.run.progress(() => deps.tally.snapshot());
  }

  async run(): Promise<RunEnd> {
    const { dataSet, plan, requested, stream, tally } = this.#deps;
    requested.addEventListener('abort', () => this.#pool.stop());
    const countable = countableOf(plan, this.#options.rules);
    const counting = countLater({ countable }, this.#progress.isShown, (total) => {
      tally.counted = total;
    });
    this.#progress.start();
    try {
      await this.#pool.run();
      if (this.#fatal === undefined && !requested.aborted) await this.#toStream(() => stream?.commit());
      await this.#toDataSet(dataSet?.finish());
    } finally {
      counting.abort();
      this.#progress.stop();
    }
    return { interrupted: requested.aborted, fatal: this.#fatal, taken: stream?.takenAtClose };
  }

  #laneStart(root: string | undefined): LaneStart {
    const { plan, selection, mirror } = this.#deps;
    return {
      options: this.#options,
      index: plan.index,
      selection,
      root,
      mirrored: mirror?.table.memory,
      bundleFiles: mirror?.bundleFiles ?? {},
    };
  }

  /** @returns undefined unless a data set is written */
  #partitionStart(): PartitionLaneStart | undefined {
    const { dataSet, plan, selection } = this.#deps;
    if (this.#options.dataSet === undefined || dataSet === undefined) return undefined;
    return { options: dataSet.lanes(this.#options.dataSet), index: plan.index, selection };
  }

  #next(): IndexPiece | undefined {
    const { plan, dataSet } = this.#deps;
    const piece = plan.next();
    if (piece === undefined) return undefined;
    this.#sizes.push(piece.files.length);
    return dataSet === undefined ? piece : dataSet.pieceOf(piece);
  }

  async #onResult(result: FromLane): Promise<void> {
    const { tally, dataSet, stream, report } = this.#deps;
    tally.add(result, this.#sizes.shift() ?? 0);
    for (const problem of result.problems) report(problem);
    await this.#toDataSet(dataSet?.add(result.partitions ?? []));
    if (result.fatal !== undefined) this.#stop(result.fatal);
    this.#progress.advanced();
    const { output } = result;
    if (stream === undefined || output === undefined) return;
    await this.#toStream(() => stream.write(output));
    if (stream.takenAtClose !== undefined) this.#pool.stop();
  }

  /** A stream that cannot be written stops the run. */
  async #toStream(write: () => Promise<void> | void): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#stop(`cannot write ${this.#options.jsonlOut}: ${errorMessage(error)}`);
    }
  }

  /** A data set that cannot be stored stops the run, and its summary says how far it came. */
  async #toDataSet(storing: Promise<void> | undefined): Promise<void> {
    try {
      await storing;
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      this.#stop(describeError(error));
    }
  }

  #stop(message: string): void {
    if (this.#fatal === undefined) this.#deps.logger.error(message);
    this.#fatal ??= message;
    this.#pool.stop();
  }
}

/**
 * Yanked versions always count as processed, whether they get a sidecar or not. With a limit, their
 * number is only known after the run.
 */
function countableOf({ countable }: IndexPlan, rules: SelectionRules): IndexPlan['countable'] | undefined {
  if (countable.limit > 0 && !(countable.includeYanked && isPlain(rules))) return undefined;
  return { ...countable, includeYanked: true };
}
