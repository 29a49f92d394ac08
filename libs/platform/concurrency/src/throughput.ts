import type { Round } from './round.ts';
import type { Sample } from './sample.ts';

/** Crate files that came, and their bytes: what one of them has on average. */
export interface Sizes {
  readonly bytes: number;
  readonly completed: number;
}

export const NO_SIZES: Sizes = { bytes: 0, completed: 0 };
/** Half of what is known is forgotten with so many files. */
const REMEMBERED = 8000;

export function addSizes(sizes: Sizes, sample: Sample): Sizes {
  const bytes = sizes.bytes + sample.bytes;
  const completed = sizes.completed + sample.completed;
  return completed < REMEMBERED ? { bytes, completed } : { bytes: bytes / 2, completed: completed / 2 };
}

/**
 * Files a second, as the mean of those that came whole and of those that the bytes would make up, were all of one size. A line
 * that is full brings bytes evenly and files by chance, as their sizes are (a few have megabytes); where a CPU is the limit, it
 * is the other way round. The mean varies half as much as the worse of the two.
 */
export function throughputOf(round: Round, { bytes, completed }: Sizes): number {
  const files = bytes === 0 ? round.completed : (round.bytes * completed) / bytes;
  return round.ms === 0 ? 0 : (500 * (round.completed + files)) / round.ms;
}
