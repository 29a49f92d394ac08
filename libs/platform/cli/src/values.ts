import { UsageError } from '@crates-mirror/errors';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Parses a duration: `250ms`, `5s`, `1.5s`, `1m30s`, `2h`, or `0`.
 *
 * @returns milliseconds, rounded to an integer
 * @throws UsageError for anything else, and for more than 24 days
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw new UsageError(`'${text}' is not a duration`, { hint: 'Write it like 250ms, 5s, 1m or 1m30s' });
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS_MS[unit as string] as number);
  }
  if (total > MAX_TIMER_MS) throw new UsageError(`'${text}' is too long`, { hint: 'At most 24 days (576h)' });
  return Math.round(total);
}

/**
 * Parses a duration that cannot be zero, for time limits.
 *
 * @returns milliseconds
 * @throws UsageError
 */
export function parseTimeLimit(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0)
    throw new UsageError(`'${text}' leaves no time at all`, { hint: 'Give a time above 0, like 30s' });
  return ms;
}

/**
 * @returns a parser of integers from `least` to `most`, which throws a UsageError for anything else
 */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
      throw new UsageError(`'${text}' is not a whole number ${range}`);
    }
    return value;
  };
}
