import { UsageError } from '@crates-mirror/errors';

/** A time of each day, in minutes since midnight by the clock on the wall. It goes over midnight where `to` is not after `from`. */
interface DailyWindow {
  readonly from: number;
  /** The first minute that is outside. */
  readonly to: number;
}

/** Times of each day, by the local clock. */
export interface DailyWindows {
  /** as they were typed */
  readonly text: string;
  readonly windows: readonly DailyWindow[];
}

const DAY = 24 * 60;
const MINUTE_MS = 60_000;
/** Days on which a zone's clock was set forward over a window, or even over the whole day, are passed over. */
const LOOKED_AHEAD = 4 * DAY;

/**
 * Times of the day as people write them: `22:00-06:00`, or several: `22:00-06:00,12:00-13:30`.
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

/** @returns NaN for what is no time */
function minuteOf(text: string | undefined): number {
  const [hours, minutes] = (text ?? '').split(':').map(Number);
  if (hours === undefined || minutes === undefined || minutes > 59) return Number.NaN;
  return 60 * hours + minutes;
}

/** Whether the local clock shows a time within one of the windows. @param at ms since the epoch */
export function isWithin({ windows }: DailyWindows, at: number): boolean {
  const date = new Date(at);
  const minute = 60 * date.getHours() + date.getMinutes();
  return windows.some(({ from, to }) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to,
  );
}

/**
 * When that is next the other way round. It is asked of every minute, so that whatever a zone does to its clock counts: an hour
 * that is skipped is in no window, one that comes twice is in its windows twice.
 *
 * @param at ms since the epoch
 * @returns the same; undefined where it never is
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
