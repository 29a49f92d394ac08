import type { Cleanup } from '@crates-mirror/e2e/tools';
import type { Ground } from './ground.ts';

/** Numbers that are added up over the rounds of a chapter, by what they count. */
export type Figures = Readonly<Record<string, number>>;

/** What one round has to work with. */
export interface Round {
  readonly ground: Ground;
  /** Numbers in [0, 1) that the seed determines */
  readonly random: () => number;
  /** An empty directory of its own, which goes with the round. */
  readonly directory: string;
  /** Whatever a round starts ends with it. */
  readonly t: Cleanup;
}

/** A kind of fault, with the promise that it puts to the test. */
export interface Chapter {
  readonly name: string;
  /** One sentence, for the table of results. */
  readonly promise: string;
  /** @returns why it cannot run on this machine, if it cannot */
  readonly missing?: () => string | undefined;
  /** One round. It throws where the promise is broken. */
  readonly run: (round: Round) => Promise<Figures>;
}

export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}
