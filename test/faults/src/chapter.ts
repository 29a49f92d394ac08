import type { Cleanup } from '@crates-mirror/e2e/tools';
import type { Ground } from './ground.ts';

/** Numbers that are summed over the rounds of a chapter, by what they count. */
export type Figures = Readonly<Record<string, number>>;

/** The inputs of one round. */
export interface Round {
  readonly ground: Ground;
  /** Numbers in [0, 1) determined by the seed */
  readonly random: () => number;
  /** An empty directory of its own, removed after the round. */
  readonly directory: string;
  /** Ends everything that the round has started. */
  readonly t: Cleanup;
}

/** A kind of fault, and the promise that it tests. */
export interface Chapter {
  readonly name: string;
  /** One sentence, for the table of results. */
  readonly promise: string;
  /** @returns the reason why it cannot run on this machine, if there is one */
  readonly missing?: () => string | undefined;
  /** Runs one round. Throws if the promise is broken. */
  readonly run: (round: Round) => Promise<Figures>;
}

export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}
