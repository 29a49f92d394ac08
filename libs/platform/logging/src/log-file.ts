import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';

/** A log that several processes may append to at once: each line is one write. */
export class LogFile {
  readonly #path: string;
  #fd: number | undefined;

  /** @throws UsageError when it cannot be opened */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openToAppend(path);
    } catch (error) {
      if (errorCode(error) === 'ENXIO')
        throw new UsageError(`--log-path: ${path} is a pipe that nobody reads`, {
          hint: 'Start its reader first, or name a file',
        });
      throw new UsageError(`--log-path: cannot write to ${path}: ${errorMessage(error)}`);
    }
  }

  /** A full disk ends the log, but not the run. */
  append(line: string): void {
    if (this.#fd === undefined) return;
    try {
      writeSync(this.#fd, line);
    } catch (error) {
      this.#fd = undefined;
      process.stderr.write(`no more is logged to ${this.#path}: ${errorMessage(error)}\n`);
    }
  }
}

/**
 * Like `openSync(path, 'a')`, which waits for a pipe's reader, possibly forever.
 *
 * @throws ENXIO if there is none
 */
function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
  const probe = openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK);
  try {
    // Writes then wait for a slow reader.
    return openSync(path, 'a');
  } finally {
    // Not earlier: the reader sees end of file when the last writer closes.
    closeSync(probe);
  }
}
