import { stat } from 'node:fs/promises';
import { isAbsence } from './read-error.ts';

/** The state of a file or directory. */
export interface PathState {
  /** The same key, the same state. A key that will never come again means that nobody can tell. */
  readonly key: string;
  /** ms since the epoch, at most */
  readonly changedAt: number;
}

/**
 * What changed less than this ago may change again without its times telling: the clocks of file systems tick every few
 * milliseconds, those of some every second or two.
 */
const UNSETTLED_MS = 2000;

let unsettled = 0;

/** The state of a directory (which names are in it) or of a file. */
export async function stateOfPath(path: string, now: number = Date.now()): Promise<PathState> {
  const found = await stat(path).catch((error: unknown) => (isAbsence(error) ? 'none' : 'unknown'));
  if (found === 'none') return { key: found, changedAt: 0 };
  if (typeof found === 'string') return { key: onceOnly(found), changedAt: 0 };
  const { ino, size, mtimeMs, ctimeMs } = found;
  // A copy may bring an old mtime along; its ctime is when it came.
  const changedAt = Math.max(mtimeMs, ctimeMs);
  const key = `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  return { key: now - changedAt > UNSETTLED_MS ? key : onceOnly(key), changedAt };
}

function onceOnly(key: string): string {
  unsettled += 1;
  return `${key}#${unsettled}`;
}
