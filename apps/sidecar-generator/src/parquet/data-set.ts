import { ask } from '@crates-mirror/cli';
import type { IndexPiece } from '@crates-mirror/crates-index';
import type { IndexRoot } from '../index-root.ts';
import type { PartitionOutcome, PartitionResult, Problem } from '../lane/protocol.ts';
import { partitionOf, partitionPath } from './partition-name.ts';
import type { PartitionOptions, PartitionPiece } from './protocol.ts';

const MAX_EXAMPLES = 5;

/** Options of the lanes that do not depend on where partitions are stored. */
export type LaneOptions = Omit<PartitionOptions, 'directory' | 'known'>;

/** A data set during a run that has locked it. */
export abstract class DataSet {
  /** Its directory or `s3://bucket/prefix`. */
  readonly place: string;
  /** Partitions that are consistent with this run. */
  readonly #present = new Set<string>();
  /** Shards of the index that could not be listed or read completely. */
  readonly #unreadable = new Set<string>();
  readonly partitions: Record<PartitionOutcome, number> = { written: 0, unchanged: 0, kept: 0 };

  constructor(place: string) {
    this.place = place;
  }

  /** Options of the lanes that write its partitions. */
  abstract lanes(options: LaneOptions): PartitionOptions;

  abstract release(): Promise<void>;

  /** The partitions that it has, in any order. */
  protected abstract names(): string[];

  protected abstract remove(name: string): Promise<void>;

  /**
   * Records a problem, so that the partition of an unreliable part of the index is not rewritten
   * with fewer rows.
   */
  noteProblem({ file, line, count }: Problem): void {
    if (line === 0 && count === undefined) this.#unreadable.add(partitionOf(`${file}/`));
  }

  /** Adds to a piece which of its shards could not be listed completely. */
  pieceOf(piece: IndexPiece): PartitionPiece {
    const names = new Set(piece.files.map(partitionOf));
    return { ...piece, unreadable: [...names].filter((name) => this.#unreadable.has(name)) };
  }

  /** Takes the partitions that a lane has settled. @throws FatalError if they cannot be stored */
  async add(partitions: readonly PartitionResult[]): Promise<void> {
    for (const [name, outcome] of partitions) {
      this.#present.add(name);
      this.partitions[outcome] += 1;
    }
  }

  /** Waits for all that is under way. @throws FatalError if it fails */
  async finish(): Promise<void> {}

  /** Partitions of an earlier run for which a complete run has found no rows. */
  stale(): string[] {
    return this.names()
      .filter((name) => !this.#present.has(name))
      .sort();
  }

  /**
   * Removes stale partitions, after a run that could read the whole index.
   *
   * @returns how many
   * @throws FatalError if the index is no longer the one with which the run began
   */
  async prune(
    stale: readonly string[],
    { index, yes, signal }: { index: IndexRoot; yes: boolean; signal: AbortSignal },
  ): Promise<number> {
    if (stale.length === 0 || signal.aborted) return 0;
    if (!yes && !(await ask(this.#question(stale), signal))) return 0;
    index.check();
    for (const name of stale) await this.remove(name);
    return stale.length;
  }

  #question(stale: readonly string[]): string {
    const shown = stale.slice(0, MAX_EXAMPLES).map((name) => `  ${partitionPath(this.place, name)}\n`);
    const more = stale.length > MAX_EXAMPLES ? '  …\n' : '';
    return `No selected crate version of the index belongs in:\n${shown.join('')}${more}Remove ${stale.length === 1 ? 'it' : `all ${stale.length}`}? [y/N] `;
  }
}
