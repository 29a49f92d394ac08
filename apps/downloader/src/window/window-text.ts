import { formatDuration } from '@crates-mirror/progress';
import type { WindowState } from './run-window.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * Formats a local time as `22:00`, with the date if it is more than a day away.
 *
 * @param at ms since the epoch
 */
export function clockText(at: number, now: number = Date.now()): string {
  const date = new Date(at);
  const pad = (part: number): string => String(part).padStart(2, '0');
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (at - now < DAY_MS) return time;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** Text for the log. @param text the value of `--window` */
export function windowText(text: string, { isOpen, until }: WindowState, now: number = Date.now()): string {
  const when = until === undefined ? '' : ` until ${clockText(until, now)}`;
  if (isOpen) return `--window ${text}: open${when}`;
  const left = until === undefined ? '' : ` (${formatDuration(until - now)})`;
  return `--window ${text}: no request is sent${when}${left}. Work in progress is finished`;
}
