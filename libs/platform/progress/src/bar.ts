import { formatBytes, formatCount, formatDuration } from './format.ts';
import { type Rates, timeLeft } from './rate.ts';
import { fractionDone, type ProgressSnapshot } from './snapshot.ts';

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;
/** Characters for brackets and a space. */
const FRAME = 3;
const LAST_RANK = 7;

/**
 * One line of at most `width` characters; if it is too long, the least important parts are dropped
 * first.
 */
export function renderBar(snapshot: ProgressSnapshot, rates: Rates, width: number): string {
  const parts = partsOf(snapshot, rates);
  if (snapshot.total === undefined) return fit(parts, width).slice(0, width);
  const text = fit(parts, width - NARROWEST_BAR - FRAME);
  const bare = fit(parts, width);
  // The percentage also shows progress, but only this part shows the speed.
  if (!text.includes('B/s') && bare.includes('B/s')) return bare;
  const room = Math.min(width - text.length - FRAME, WIDEST_BAR);
  if (room < NARROWEST_BAR) return text.slice(0, width);
  return `${barPart(fractionDone(snapshot) ?? 0, room)} ${text}`;
}

interface Part {
  readonly text: string;
  /** 0 is dropped last, LAST_RANK first. */
  readonly rank: number;
}

/** In display order. */
function partsOf(snapshot: ProgressSnapshot, rates: Rates): Part[] {
  const left = timeLeft(snapshot, rates);
  const parts = [
    { text: countPart(snapshot), rank: 0 },
    ...(snapshot.bytes === undefined
      ? []
      : [
          { text: formatBytes(snapshot.bytes), rank: 5 },
          { text: `${formatBytes(rates.bytes)}/s`, rank: 4 },
        ]),
    { text: `${formatCount(rates.items)} files/s`, rank: 3 },
    { text: `${formatCount(snapshot.errors)} failed`, rank: 2 },
  ];
  if (snapshot.retries !== undefined)
    parts.push({ text: `${formatCount(snapshot.retries)} retries`, rank: 6 });
  if (snapshot.concurrency !== undefined)
    parts.push({ text: `${formatCount(snapshot.concurrency)} at once`, rank: 7 });
  if (snapshot.connectionsLimit !== undefined)
    parts.push({ text: `${formatCount(snapshot.connectionsLimit)} connections`, rank: 7 });
  if (snapshot.bytesLimit !== undefined)
    parts.push({ text: `at most ${formatBytes(snapshot.bytesLimit)}/s`, rank: 7 });
  if (snapshot.waitingFor !== undefined) parts.push({ text: `waiting for ${snapshot.waitingFor}`, rank: 1 });
  else if (left !== undefined)
    parts.push({ text: `ETA ${snapshot.totalIsExact ? '' : '~'}${formatDuration(left)}`, rank: 1 });
  return parts;
}

function fit(parts: readonly Part[], width: number): string {
  for (let most = LAST_RANK + 1; ; most--) {
    const text = parts
      .filter((part) => part.rank < most)
      .map((part) => part.text)
      .join('  ');
    if (text.length <= width || most === 1) return text;
  }
}

function countPart(snapshot: ProgressSnapshot): string {
  const { processed, total, totalIsExact } = snapshot;
  if (total === undefined) return `${formatCount(processed)} files`;
  const percent = Math.floor((fractionDone(snapshot) ?? 0) * 100);
  return `${percent}%  ${formatCount(processed)}/${totalIsExact ? '' : '~'}${formatCount(total)} files`;
}

function barPart(fraction: number, cells: number): string {
  const filled = Math.min(cells, Math.floor(fraction * cells));
  return `[${'#'.repeat(filled)}${'.'.repeat(cells - filled)}]`;
}
