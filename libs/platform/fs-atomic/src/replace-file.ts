import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { isRunning, SILENCE_MS } from './process-status.ts';
import { rename } from './rename.ts';

const RUN = '@crates-mirror/fs-atomic run';
const OURS = `.${runId()}.partial`;
/** Of a file or directory, on nearly every file system. Bytes. */
const MAX_NAME = 255;
const PARTIAL = /\.\d+(-[0-9a-z]+)?\.partial$/;

/**
 * Writes a whole small file atomically by way of `PATH.RUN.partial` in its own directory. For a caller who is known to be
 * the only one that writes `path`. Without a temporary directory in common, threads do not wait for each other's renames.
 * What a kill leaves is told by {@link remainderOf}.
 */
export function replaceFile(path: string, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  const partial = partialNameThatFits(path);
  writeSmallFile(partial, bytes, start, end);
  try {
    rename(partial, path);
  } catch (error) {
    unlinkQuietly(partial);
    throw error;
  }
}

/** Writes a file that is whole or, where that fails, not there at all. */
export function writeSmallFile(path: string, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  const fd = openSync(path, 'w');
  try {
    writeAndClose(fd, bytes, start, end);
  } catch (error) {
    // On a full disk a part of it may be there, and a staged directory is given its name with all that is in it.
    unlinkQuietly(path);
    throw error;
  }
}

/** On NFS, that there is no room may be told only when the file is closed. */
function writeAndClose(fd: number, bytes: Uint8Array, start: number, end: number): void {
  try {
    for (let at = start; at < end; ) at += writeSync(fd, bytes, at, end - at);
  } finally {
    closeSync(fd);
  }
}

/** Removes what could not be completed. Where that fails, what failed before is what is to be told. */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The next run removes it: it bears a temporary name.
  }
}

/** What a file or directory is called until it is complete: `PATH.RUN.partial`, where RUN is `PID-TIME`. */
export function partialName(path: string): string {
  return path + OURS;
}

/**
 * {@link partialName} of a path that only one thread at a time makes anything of. A name that would be too long loses its beginning,
 * and has the thread's number instead.
 *
 * @param mark put between the two
 */
export function partialNameThatFits(path: string, mark = ''): string {
  const whole = partialName(path + mark);
  if (whole.length <= MAX_NAME) return whole;
  const name = basename(path);
  const excess = name.length + mark.length + OURS.length - MAX_NAME;
  // What is too long itself is refused as what it is.
  if (excess <= 0 || name.length > MAX_NAME) return whole;
  const start = `~${threadId}-`;
  return partialName(`${dirname(path)}/${start}${name.slice(start.length + excess)}${mark}`);
}

/** The file or directory whose writing another process left unfinished, if `name` is such a remainder. */
export function remainderOf(name: string): string | undefined {
  return !name.endsWith(OURS) && PARTIAL.test(name) ? name.replace(PARTIAL, '') : undefined;
}

/** Earlier versions did not tell the time. */
const PROCESS = /\.(\d+)-[0-9a-z]+\.partial$/;

/**
 * Whether a remainder may be no remainder, since its process lives: one that writes to a directory in which ours is, or that is in
 * ours, has another lock. @throws the system's error
 */
export function isUnderWay(path: string): boolean {
  const pid = Number(PROCESS.exec(path)?.[1]);
  const isLiving = pid > 0 && pid !== process.pid && isRunning(pid);
  return isLiving && Date.now() - statSync(path).mtimeMs < SILENCE_MS;
}

/**
 * Tells what this run writes from what a killed one has left, which may have had the same process id: in a container nearly
 * every run has. Threads have it from the thread that started them, which has loaded this module before.
 */
function runId(): string {
  const known = getEnvironmentData(RUN);
  if (typeof known === 'string') return known;
  const id = `${process.pid}-${Date.now().toString(36)}`;
  setEnvironmentData(RUN, id);
  return id;
}
