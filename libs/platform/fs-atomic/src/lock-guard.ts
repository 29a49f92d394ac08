import { rmSync, statSync, writeFileSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';

/**
 * A guard older than this was left by a process that died during the few system calls for which it
 * is held.
 */
const GUARD_LIFE_MS = 10_000;
/** Pause before the caller tries again. */
const PAUSE_MS = 10;

/**
 * Changes a lock file while no other process does. Works without hard links.
 *
 * @param path of the lock file; its guard is beside it
 * @returns what `change` returns; undefined if another process has the guard
 */
export function guarded<Result>(path: string, change: () => Result): Result | undefined {
  const guard = `${path}.takeover`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const stats = statSync(guard, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > GUARD_LIFE_MS) rmSync(guard, { force: true });
    // A thread has no other way to wait synchronously.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return undefined;
  }
  try {
    return change();
  } finally {
    rmSync(guard, { force: true });
  }
}
