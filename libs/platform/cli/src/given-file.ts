import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { errorCode, UsageError, unreadable } from '@crates-mirror/errors';

/** bytes; a list of all names of crates.io has 5 MB, and one of all index paths 10 MB */
const LARGEST = 256 << 20;
const READ_SIZE = 1 << 16;
/** Opening a pipe for reading would wait until somebody writes to it, deaf to signals. */
const WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;
/** How long to wait for the next bytes of a pipe, ms. */
const PAUSE = 10;

/** The contents of pipes by identity, because the bytes of a pipe can be read only once. */
const pipes = new Map<string, Buffer>();

/**
 * Reads a file that a user names: a regular file, or a pipe, such as a shell's `<(…)`.
 *
 * @param option the option that names it
 * @param hint what to do if it cannot be opened
 * @throws UsageError for anything else: a directory, a device, a pipe that nobody writes to
 */
export function readGivenFile(option: string, path: string, hint?: string): Buffer {
  let file: number;
  try {
    file = openSync(path, WITHOUT_WAITING);
  } catch (error) {
    throw unreadable(option, path, error, hint);
  }
  try {
    const stats = fstatSync(file);
    checkKind(option, path, stats);
    return stats.isFIFO() ? readPipe(option, path, file, stats) : readAll(option, path, file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unreadable(option, path, error);
  } finally {
    closeSync(file);
  }
}

/** @throws UsageError for what is neither a file nor a pipe */
function checkKind(option: string, path: string, stats: Stats): void {
  if (stats.isFile() || stats.isFIFO()) return;
  const kind = stats.isDirectory() ? 'a directory' : 'a device';
  throw new UsageError(`${option}: cannot read ${path}: it is ${kind}`, { hint: 'Name a file' });
}

function readPipe(option: string, path: string, file: number, { dev, ino }: Stats): Buffer {
  const identity = `${dev}:${ino}`;
  const content = readAll(option, path, file);
  if (content.length > 0) pipes.set(identity, content);
  const known = pipes.get(identity);
  if (known !== undefined) return known;
  throw new UsageError(`${option}: ${path} is a pipe without content`, {
    hint: 'Name a file, or write to the pipe before this is started',
  });
}

function readAll(option: string, path: string, file: number): Buffer {
  const pieces: Buffer[] = [];
  let size = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(READ_SIZE);
    const count = readOnce(file, piece);
    if (count === 0) return Buffer.concat(pieces);
    if (count === undefined) continue;
    pieces.push(piece.subarray(0, count));
    size += count;
    if (size > LARGEST)
      throw new UsageError(`${option}: ${path} has more than ${LARGEST} bytes`, {
        hint: 'Check that it is the right file',
      });
  }
}

/** @returns undefined if the writer of a pipe has more to come */
function readOnce(file: number, piece: Buffer): number | undefined {
  try {
    return readSync(file, piece);
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    return undefined;
  }
}
