import { UsageError } from '@crates-mirror/errors';

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};
const PART = /(\d{1,6})([mhdw])/g;
const AGE = /^(\d{1,6}[mhdw])+$/;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$/;

/** Parses an age like `12h`, `7d`, `2w` or `1d12h`. @returns ms. @throws UsageError */
export function parseAge(text: string): number {
  if (!AGE.test(text))
    throw new UsageError(`'${text}' is not an age`, { hint: 'Write it like 12h, 7d or 2w' });
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  if (total === 0) throw new UsageError(`'${text}' keeps nothing out`, { hint: 'Leave the option out' });
  return total;
}

/** Parses a day or a time in UTC. @returns ms since the epoch. @throws UsageError */
export function parseDate(text: string): number {
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse turns the 30th of February into a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text.slice(0, 10))
    throw new UsageError(`'${text}' is not a date`, {
      hint: 'Write it like 2025-01-31 or 2025-01-31T12:00:00Z',
    });
  return time;
}
