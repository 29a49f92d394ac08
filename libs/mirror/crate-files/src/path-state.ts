import { stat } from 'node:fs/promises';

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
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return { key: 'none', changedAt: 0 };
  const { ino, size, mtimeMs, ctimeMs } = stats;
  // A copy may bring an old mtime along; its ctime is when it came.
  const changedAt = Math.max(mtimeMs, ctimeMs);
  return { key: settledKey(`${ino}:${size}:${mtimeMs}:${ctimeMs}`, changedAt, now), changedAt };
}

function settledKey(key: string, changedAt: number, now: number): string {
  if (now - changedAt > UNSETTLED_MS) return key;
  unsettled += 1;
  return `${key}#${unsettled}`;
}
