import { pick } from '../chapter.ts';
import type { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';

/** What a file `*.fuzz.ts` exports, beside the code that reads untrusted input. */
export interface FuzzTarget {
  /** Valid inputs, from which the others are made. */
  readonly seeds: readonly (string | Buffer)[];
  /** Reads an input. Throws if a promise about it is broken; refusals must be caught. */
  readonly fuzz: (data: Buffer) => void | Promise<void>;
}

export interface FuzzResult {
  readonly executions: number;
  /** Seeds, and inputs that reached code which none before them did. */
  readonly corpus: readonly Buffer[];
  /** Functions of the tools that were called */
  readonly functions: number;
  /** The input that broke a promise, if there is one. */
  readonly crash?: { readonly input: Buffer; readonly error: unknown };
}

/** Coverage is read once for so many inputs: it takes longer than most of them. */
const BATCH = 128;

/**
 * Changes inputs at random, and keeps those that reach new code for further changes.
 *
 * @param isOver called before each batch
 */
export async function fuzzTarget(
  target: FuzzTarget,
  coverage: Coverage,
  random: () => number,
  isOver: (executions: number) => boolean,
): Promise<FuzzResult> {
  const corpus: Buffer[] = [];
  coverage.restore(new Map());
  let executions = 0;
  let crash: FuzzResult['crash'];
  const reachesMore = async (inputs: readonly Buffer[]): Promise<boolean> => {
    for (const input of inputs) {
      executions += 1;
      try {
        await target.fuzz(input);
      } catch (error) {
        crash ??= { input, error };
      }
    }
    return coverage.hasGrown();
  };
  for (const seed of target.seeds) {
    const input = Buffer.from(seed);
    await reachesMore([input]);
    corpus.push(input);
  }
  /** Halves a batch until each input that reaches more is alone. */
  const keepFrom = async (batch: readonly Buffer[]): Promise<void> => {
    const before = coverage.snapshot();
    if (!(await reachesMore(batch)) || crash !== undefined) return;
    if (batch.length === 1) {
      corpus.push(...batch);
      return;
    }
    coverage.restore(before);
    await keepFrom(batch.slice(0, batch.length / 2));
    await keepFrom(batch.slice(batch.length / 2));
  };
  while (crash === undefined && !isOver(executions))
    await keepFrom(Array.from({ length: BATCH }, () => mutate(pick(random, corpus), corpus, random)));
  const result = { executions, corpus, functions: coverage.functions };
  return crash === undefined ? result : { ...result, crash };
}
