import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { isRunning, SILENCE_MS } from './process-status.ts';
import { rename } from './rename.ts';

const RUN = '@crates-mirror/fs-atomic run';
const OURS = `.${runId()}.partial`;
/** Bytes in a file or directory name, on nearly every file system. */
const MAX_NAME = 255;
const PARTIAL = /\.\d+(-[0-9a-z]+)?\.partial$/;

/**
 * Writes a whole small file atomically by way of `PATH.RUN.partial` in its own directory. The
 * caller must be the only writer of `path`. Without a shared temporary directory, threads do not
 * wait for each other's renames. {@link remainderOf} recognizes the leftovers of a killed process.
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

/** Writes a file; if that fails, the file does not exist. */
export function writeSmallFile(path: string, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  const fd = openSync(path, 'w');
  try {
    writeAndClose(fd, bytes, start, end);
  } catch (error) {
    // On a full disk a partial file may exist, and a staged directory is renamed with everything in
    // it.
    unlinkQuietly(path);
    throw error;
  }
}

/** NFS may report a lack of space only when the file is closed. */
function writeAndClose(fd: number, bytes: Uint8Array, start: number, end: number): void {
  try {
    for (let at = start; at < end; ) at += writeSync(fd, bytes, at, end - at);
  } finally {
    closeSync(fd);
  }
}

/**
 * Removes an incomplete file. A failure here is ignored, since the earlier failure is the one to
 * report.
 */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The next run removes it, since it has a temporary name.
  }
}

/**
 * The name of a file or directory until it is complete: `PATH.RUN.partial`, where RUN is
 * `PID-TIME`.
 */
export function partialName(path: string): string {
  return path + OURS;
}

/**
 * {@link partialName} of a path that only one thread writes at a time. A name that would be too
 * long loses its beginning, and gets the thread's number instead.
 *
 * @param mark put between the two
 */
export function partialNameThatFits(path: string, mark = ''): string {
  const whole = partialName(path + mark);
  if (whole.length <= MAX_NAME) return whole;
  const name = basename(path);
  const excess = name.length + mark.length + OURS.length - MAX_NAME;
  // A name that is itself too long is left to be refused by the system.
  if (excess <= 0 || name.length > MAX_NAME) return whole;
  const start = `~${threadId}-`;
  return partialName(`${dirname(path)}/${start}${name.slice(start.length + excess)}${mark}`);
}

/** The file or directory that another process left unfinished, if `name` is such a leftover. */
export function remainderOf(name: string): string | undefined {
  return !name.endsWith(OURS) && PARTIAL.test(name) ? name.replace(PARTIAL, '') : undefined;
}

/** Earlier versions did not include the time. */
const PROCESS = /\.(\d+)-[0-9a-z]+\.partial$/;

/**
 * Whether a partial file may still be in use because its process lives: a process that writes to a
 * directory above or below ours holds a different lock.
 *
 * @throws the system's error
 */
export function isUnderWay(path: string): boolean {
  const pid = Number(PROCESS.exec(path)?.[1]);
  const isLiving = pid > 0 && pid !== process.pid && isRunning(pid);
  return isLiving && Date.now() - statSync(path).mtimeMs < SILENCE_MS;
}

/**
 * Distinguishes this run's files from those of a killed run, which may have had the same process
 * id, as nearly every run in a container does. Threads inherit it from the thread that started
 * them, which has loaded this module before.
 */
function runId(): string {
  const known = getEnvironmentData(RUN);
  if (typeof known === 'string') return known;
  const id = `${process.pid}-${Date.now().toString(36)}`;
  setEnvironmentData(RUN, id);
  return id;
}
