import { isIndexFilePath } from '@crates-mirror/crates-index';
import { CodedError, errorCode, errorMessage, writeHint } from '@crates-mirror/errors';
import { type Output, openOutput } from '@crates-mirror/fs-atomic';
import type { InputProblem } from './plan/work.ts';

/**
 * The crates whose every file the mirror does not hold after a run: index paths, a tab, and why (`failed`,
 * `missing_upstream`, `unusable`). It appears only after a run that looked at everything it was to look at, so that
 * whatever it does not name is settled.
 */
export class RetryList {
  readonly #path: string;
  readonly #file: Output;
  /** Whether the list has everything so far. */
  #isTold = true;

  /** @throws UsageError when it cannot be written */
  constructor(path: string) {
    this.#path = path;
    this.#file = openOutput('--retry-out', path);
  }

  /** @param lines whole lines of the list */
  add(lines: string): void {
    if (lines === '' || !this.#isTold) return;
    try {
      this.#file.write(Buffer.from(lines));
    } catch {
      // A full disk, which the files themselves will report: without its list a run counts as unfinished.
      this.#isTold = false;
    }
  }

  /** Takes note of a part of the index that was passed over. */
  addProblem({ file, isDirectory, count }: InputProblem): void {
    if (count === 0) return;
    // What is in a directory that cannot be read, no list can tell.
    if (isDirectory === true) this.#isTold = false;
    // What `--only-crates` would not take names no crate that could be tried again.
    else if (isIndexFilePath(file)) this.add(`${file}\tunusable\n`);
  }

  /** @param isWhole whether the run got to its end. @throws CodedError when the list cannot be given its name */
  close(isWhole: boolean): void {
    if (!isWhole || !this.#isTold) {
      this.#file.discard();
      return;
    }
    try {
      this.#file.commit();
    } catch (error) {
      const message = `--retry-out: cannot write to ${this.#path}: ${errorMessage(error)}`;
      throw new CodedError(errorCode(error), message, writeHint(error));
    }
  }
}
