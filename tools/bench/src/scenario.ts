import { UsageError } from '@crates-mirror/errors';
import type { Command } from './measure.ts';
import type { ProgramOf } from './programs.ts';

/** Something that is measured beside its peers. The first contender is ours, the second is what ratios refer to. */
export interface Scenario {
  readonly title: string;
  readonly contenders: readonly [Contender, Contender, ...Contender[]];
  /** Its row in docs/benchmarks.md, where one name stands for several [its name]. */
  readonly row?: string;
  /** Its runs are so long that no round is needed to warm up. */
  readonly isWarm?: boolean;
}

export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** Brings things back to where every round begins. */
  readonly prepare?: () => void;
  /** Process id of the server that the command asks: its CPU time and memory are what counts. */
  readonly server?: number;
  /** Whether the run did what it was meant to do. @throws when it did not */
  readonly check?: () => void;
}

/** Where a scenario may put its files, and what it works on. */
export interface Ground {
  /** A directory of its own, on tmpfs where there is one. */
  readonly directory: string;
  /** Checkout of a crates.io index, where one was given. */
  readonly index: string | undefined;
  readonly repository: string;
  /** What is measured: the sources, or the programs as they are released. */
  readonly programOf: ProgramOf;
  readonly line: {
    /** Where only one line is wanted: its round trip, ms, and rate, Mbit/s. */
    readonly rttMs: number | undefined;
    readonly rateMbit: number | undefined;
    /** `--concurrency` of ours, beside the default. */
    readonly sweep: readonly number[];
  };
  /** Called when the scenario is over. */
  readonly after: (cleanUp: () => void | Promise<void>) => void;
}

/** @throws UsageError when none was given */
export function realIndex({ index }: Ground): string {
  if (index === undefined)
    throw new UsageError('this scenario needs --index, a checkout of a crates.io index');
  return index;
}
