import { openSync, writeSync } from 'node:fs';
import { errorMessage, UsageError } from '@crates-mirror/errors';

/** A log that several processes may append to at once: each line is one write. */
export class LogFile {
  readonly #path: string;
  #fd: number | undefined;

  /** @throws UsageError when it cannot be opened */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'a');
    } catch (error) {
      throw new UsageError(`--log-path: cannot write to ${path}: ${errorMessage(error)}`);
    }
  }

  /** A full disk ends the log, never the run. */
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
