import { describeValue, oneLine, UsageError } from '@crates-mirror/errors';

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$/;
const DATE_HINT = 'Write it like 2025-01-31 or 2025-01-31T12:00:00Z';
/** Days in TOML 1.0. Strings and comments match first, so that days in them are not found. */
const TOML_DAY =
  /""".*?"""|'''.*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|(?<![\w-])(\d{4}-\d{2}-\d{2})(?!\d)/gs;

/** Parses a day or a time in UTC. @returns ms since the epoch. @throws UsageError */
export function parseDate(text: string): number {
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse turns the 30th of February into a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text.slice(0, 10))
    throw new UsageError(`'${oneLine(text)}' is not a date`, { hint: DATE_HINT });
  return time;
}

/**
 * Parses the value of a key in a TOML file that is a date: one of TOML's own, or a string. Call
 * {@link checkTomlDays} with the text of the file, too.
 *
 * @returns ms since the epoch
 * @throws UsageError
 */
export function parseDateValue(value: unknown): number {
  // Of a time without a day, or without a time zone, @iarna/toml gives a text that is no date here.
  if (value instanceof Date) return parseDate(value.toISOString());
  return parseDate(typeof value === 'string' ? value : describeValue(value));
}

/**
 * Refuses a TOML file with a day that does not exist. @iarna/toml turns the 30th of February into a
 * day in March.
 *
 * @throws UsageError with the line
 */
export function checkTomlDays(text: string): void {
  for (const { 1: day, index } of text.matchAll(TOML_DAY)) {
    if (day === undefined) continue;
    try {
      parseDate(day);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const line = text.slice(0, index).split('\n').length;
      throw new UsageError(`line ${line}: ${error.message}`, { hint: DATE_HINT });
    }
  }
}
