import { UsageError } from '@crates-mirror/errors';
import type { Command } from './measure.ts';
import type { ProgramOf } from './programs.ts';

/** A measurement with its peers. The first contender is ours, and ratios refer to the second. */
export interface Scenario {
  readonly title: string;
  readonly contenders: readonly [Contender, Contender, ...Contender[]];
  /** Its row in docs/benchmarks.md, if it is one of several scenarios of that name [its name]. */
  readonly row?: string;
  /** Whether its runs are so long that no warm-up round is needed. */
  readonly isWarm?: boolean;
}

export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** Restores the initial state before every round. */
  readonly prepare?: () => void;
  /** Process id of the server that the command uses: its CPU time and memory are measured. */
  readonly server?: number;
  /** Checks that the run had the intended result. @throws if it did not */
  readonly check?: () => void;
}

/** Working directory and inputs of a scenario. */
export interface Ground {
  /** A directory of its own, on tmpfs if available. */
  readonly directory: string;
  /** Checkout of a crates.io index, if given. */
  readonly index: string | undefined;
  readonly repository: string;
  /** The programs to measure: the sources, or the released form. */
  readonly programOf: ProgramOf;
  readonly line: {
    /** If only one line is measured: its round trip, ms, and rate, Mbit/s. */
    readonly rttMs: number | undefined;
    readonly rateMbit: number | undefined;
    /** Values of `--concurrency` for ours, in addition to the default. */
    readonly sweep: readonly number[];
  };
  /** Registers a cleanup for the end of the scenario. */
  readonly after: (cleanUp: () => void | Promise<void>) => void;
}

/** @throws UsageError if none was given */
export function realIndex({ index }: Ground): string {
  if (index === undefined)
    throw new UsageError('this scenario needs --index, a checkout of a crates.io index');
  return index;
}
