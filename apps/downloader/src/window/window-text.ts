import { formatDuration } from '@crates-mirror/progress';
import type { WindowState } from './run-window.ts';

const DAY_MS = 24 * 3_600_000;

/** `22:00`, by the local clock; with its date where it is not within a day. @param at ms since the epoch */
export function clockText(at: number, now: number = Date.now()): string {
  const date = new Date(at);
  const pad = (part: number): string => String(part).padStart(2, '0');
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (at - now < DAY_MS) return time;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** For the log. @param text what `--window` says */
export function windowText(text: string, { isOpen, until }: WindowState, now: number = Date.now()): string {
  const when = until === undefined ? '' : ` until ${clockText(until, now)}`;
  if (isOpen) return `--window ${text}: open${when}`;
  const left = until === undefined ? '' : ` (${formatDuration(until - now)})`;
  return `--window ${text}: no request is sent${when}${left}. What is under way is finished`;
}
