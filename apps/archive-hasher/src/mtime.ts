import { UsageError } from '@crates-mirror/errors';

const NANOSECONDS = 1_000_000_000n;
const MS = 1000;
const NANOSECOND_DIGITS = 9;

/**
 * Parses a time: RFC 3339, or `@` and seconds since 1970.
 *
 * @returns whole seconds since 1970
 * @throws UsageError
 */
export function parseTime(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const isRfc3339 = day !== undefined && isDay(day);
  const seconds = /^@\d{1,11}$/.test(text) ? Number(text.slice(1)) : Date.parse(isRfc3339 ? text : '') / MS;
  if (!Number.isSafeInteger(seconds))
    throw new UsageError(`'${text}' is no time`, {
      hint: 'Write it like 2026-01-31T12:00:00Z or @1769860800',
    });
  return seconds;
}

/** JavaScript would accept 30 February as 2 March. */
function isDay(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** RFC 3339 in UTC, with as many fractional digits as needed. @param ns since 1970 */
export function formatTime(ns: bigint): string {
  const rest = ((ns % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  const seconds = Number((ns - rest) / NANOSECONDS);
  const whole = new Date(seconds * MS);
  // Some file systems contain times beyond the range of Date.
  if (Number.isNaN(whole.getTime())) return formatTime(0n);
  const fraction = String(rest).padStart(NANOSECOND_DIGITS, '0').replace(/0+$/, '');
  return whole.toISOString().replace(/\.000Z$/, fraction === '' ? 'Z' : `.${fraction}Z`);
}

/** Whole seconds since 1970, rounded down as tar does. */
export function wholeSeconds(ns: bigint): number {
  return Number(ns / NANOSECONDS) - (ns % NANOSECONDS < 0n ? 1 : 0);
}
