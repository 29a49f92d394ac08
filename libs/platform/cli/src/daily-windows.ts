import { UsageError } from '@crates-mirror/errors';

/**
 * A time window of each day, in minutes since local midnight. It spans midnight where `to` is not
 * after `from`.
 */
interface DailyWindow {
  readonly from: number;
  /** The first minute after the window. */
  readonly to: number;
}

/** Time windows of each day, by the local clock. */
export interface DailyWindows {
  /** as they were typed */
  readonly text: string;
  readonly windows: readonly DailyWindow[];
}

const DAY = 24 * 60;
const MINUTE_MS = 60_000;
/** Long enough to pass days on which a zone's clock skipped a window, or even the whole day. */
const LOOKED_AHEAD = 4 * DAY;

/**
 * Parses times of day: `22:00-06:00`, or several: `22:00-06:00,12:00-13:30`.
 *
 * @throws UsageError
 */
export function parseDailyWindows(text: string): DailyWindows {
  return { text, windows: text.split(',').map((part) => parseWindow(part.trim())) };
}

function parseWindow(text: string): DailyWindow {
  const [, from, to] = /^(\d{1,2}:\d\d)-(\d{1,2}:\d\d)$/.exec(text) ?? [];
  const window = { from: minuteOf(from), to: minuteOf(to) };
  if (!(window.from < DAY && window.to <= DAY))
    throw new UsageError(`'${text}' is not a time of the day`, {
      hint: 'Write it like 22:00-06:00, several of them with commas between',
    });
  if (window.from === window.to)
    throw new UsageError(`'${text}' has no beginning`, { hint: 'Write the whole day as 00:00-24:00' });
  return window;
}

/** @returns NaN if the text is not a time */
function minuteOf(text: string | undefined): number {
  const [hours, minutes] = (text ?? '').split(':').map(Number);
  if (hours === undefined || minutes === undefined || minutes > 59) return Number.NaN;
  return 60 * hours + minutes;
}

/** Whether the local clock is within one of the windows. @param at ms since the epoch */
export function isWithin({ windows }: DailyWindows, at: number): boolean {
  const date = new Date(at);
  const minute = 60 * date.getHours() + date.getMinutes();
  return windows.some(({ from, to }) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to,
  );
}

/**
 * The next time at which {@link isWithin} changes. Every minute is checked, so that all clock
 * changes count: a skipped hour is in no window, and a repeated one is in its windows twice.
 *
 * @param at ms since the epoch
 * @returns ms since the epoch; undefined if it never changes
 */
export function nextChange(windows: DailyWindows, at: number): number | undefined {
  const isNow = isWithin(windows, at);
  const first = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
  for (let i = 0; i < LOOKED_AHEAD; i++) {
    const next = first + i * MINUTE_MS;
    if (isWithin(windows, next) !== isNow) return next;
  }
  return undefined;
}
