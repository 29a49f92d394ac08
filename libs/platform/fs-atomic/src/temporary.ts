import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const PATTERN = /^tmp-[0-9a-z]+-[0-9a-z]+-[0-9a-z]+\.partial$/;

const OURS = `tmp-${process.pid.toString(36)}-${threadId.toString(36)}-`;
let counter = 0;

/** A file name no other thread or process on this machine makes: `tmp-<pid>-<thread>-<count>.partial`, base 36. */
export function temporaryName(): string {
  counter += 1;
  return `${OURS}${counter.toString(36)}.partial`;
}

export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name);
}

/**
 * Removes what a killed run left in `directory` (not below it). The caller holds the lock that keeps other runs out.
 *
 * @returns how many files were removed
 */
export function removeTemporaries(directory: string): number {
  let removed = 0;
  for (const entry of readdirSync(directory)) {
    const path = join(directory, entry);
    if (!isTemporaryName(entry) || !lstatSync(path).isFile()) continue;
    rmSync(path);
    removed += 1;
  }
  return removed;
}
