import type { Round } from './round.ts';
import type { Sample } from './sample.ts';

/** Crate files received, and their bytes, for the average size of a file. */
export interface Sizes {
  readonly bytes: number;
  readonly completed: number;
}

export const NO_SIZES: Sizes = { bytes: 0, completed: 0 };
/** After this many files, half of the history is forgotten. */
const REMEMBERED = 8000;

export function addSizes(sizes: Sizes, sample: Sample): Sizes {
  const bytes = sizes.bytes + sample.bytes;
  const completed = sizes.completed + sample.completed;
  return completed < REMEMBERED ? { bytes, completed } : { bytes: bytes / 2, completed: completed / 2 };
}

/**
 * Files per second: the mean of the number of complete files, and of the number that the bytes
 * would make up if all had the same size. A full line delivers bytes evenly, and files unevenly,
 * since their sizes differ (a few have megabytes); where a CPU is the limit, it is the reverse. The
 * mean varies half as much as the worse of the two.
 */
export function throughputOf(round: Round, { bytes, completed }: Sizes): number {
  const files = bytes === 0 ? round.completed : (round.bytes * completed) / bytes;
  return round.ms === 0 ? 0 : (500 * (round.completed + files)) / round.ms;
}
