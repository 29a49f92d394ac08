/** More than the number of requirements in any index, and of lines in any index file. */
const MAX_SECOND = 2 ** 24;

/**
 * Two numbers in one, which can be sorted and stored without an object: crate and requirement, or
 * crate and place of a version.
 *
 * @param first below 2^29
 * @param second below 2^24
 */
export function pairOf(first: number, second: number): number {
  return first * MAX_SECOND + second;
}

export function firstOf(pair: number): number {
  return Math.floor(pair / MAX_SECOND);
}

export function secondOf(pair: number): number {
  return pair % MAX_SECOND;
}
