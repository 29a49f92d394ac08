import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { isRunning } from './process-status.ts';

const PATTERN = /^tmp-([0-9a-z]+)-[0-9a-z]+-[0-9a-z]+\.partial$/;

/** Other machines and containers, which may use the same directory, have the same process ids. */
const TAG = Math.floor(Math.random() * 36 ** 8)
  .toString(36)
  .padStart(8, '0');
const OURS = `tmp-${process.pid.toString(36)}-${threadId.toString(36)}-${TAG}`;
let counter = 0;

/**
 * A file name unique among threads, processes and machines: `tmp-<pid>-<thread>-<count>.partial`,
 * base 36, where the count begins with eight random digits.
 */
export function temporaryName(): string {
  counter += 1;
  return `${OURS}${counter.toString(36)}.partial`;
}

export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name);
}

/**
 * Removes leftovers of a killed run in `directory` (not below it). The caller holds the lock that
 * keeps other runs out.
 *
 * @param minAgeMs removes only files that were not written to for so long, if other runs are not
 *   kept out [0]
 * @returns number of removed files
 */
export function removeTemporaries(directory: string, minAgeMs = 0): number {
  let removed = 0;
  for (const entry of readdirSync(directory)) {
    const path = join(directory, entry);
    const stats = isTemporaryName(entry) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    if (stats?.isFile() !== true) continue;
    if (minAgeMs > 0 && Date.now() - stats.mtimeMs < minAgeMs) continue;
    rmSync(path, { force: true });
    removed += 1;
  }
  return removed;
}

/**
 * A temporary file beside `path`, where there is no temporary directory:
 * `PATH.tmp-<pid>-<thread>-<count>.partial`.
 */
export function temporaryBeside(path: string): string {
  return `${path}.${temporaryName()}`;
}

/**
 * Removes leftovers named by {@link temporaryBeside} whose processes have ended; others may be
 * writing `path` now. If that fails, the next writer tries again.
 */
export function removeTemporariesBeside(path: string): void {
  const directory = dirname(path);
  try {
    for (const entry of readdirSync(directory)) {
      const pid = writerOf(entry, basename(path));
      if (pid !== undefined && !isRunning(pid)) rmSync(join(directory, entry), { force: true });
    }
  } catch {
    // It only wastes some bytes meanwhile.
  }
}

/** The process that created `entry`, if it is a temporary file for the file called `name`. */
function writerOf(entry: string, name: string): number | undefined {
  if (!entry.startsWith(`${name}.`)) return undefined;
  const [, pid] = PATTERN.exec(entry.slice(name.length + 1)) ?? [];
  return pid === undefined ? undefined : Number.parseInt(pid, 36);
}
