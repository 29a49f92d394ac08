import { stat } from 'node:fs/promises';
import { isAbsence } from './read-error.ts';

/** The state of a file or directory. */
export interface PathState {
  /** Equal keys mean equal states. A unique key means that the state could not be determined. */
  readonly key: string;
  /** ms since the epoch; an upper bound */
  readonly changedAt: number;
}

/**
 * A path that changed less than this long ago may change again without a new timestamp: file system
 * clocks tick every few milliseconds, some only every second or two.
 */
const RACY_MS = 2000;

let racyKeys = 0;

/** The state of a directory (the names in it) or of a file. */
export async function stateOfPath(path: string, now: number = Date.now()): Promise<PathState> {
  const found = await stat(path).catch((error: unknown) => (isAbsence(error) ? 'none' : 'unknown'));
  if (found === 'none') return { key: found, changedAt: 0 };
  if (typeof found === 'string') return { key: onceOnly(found), changedAt: 0 };
  const { ino, size, mtimeMs, ctimeMs } = found;
  // A copied file may keep an old mtime; its ctime is when it was created here.
  const changedAt = Math.max(mtimeMs, ctimeMs);
  const key = `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  return { key: now - changedAt > RACY_MS ? key : onceOnly(key), changedAt };
}

function onceOnly(key: string): string {
  racyKeys += 1;
  return `${key}#${racyKeys}`;
}
