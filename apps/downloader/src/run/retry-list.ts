import { isIndexFilePath } from '@crates-mirror/crates-index';
import { CodedError, errorCode, errorMessage, writeHint } from '@crates-mirror/errors';
import { type Output, openOutput } from '@crates-mirror/fs-atomic';
import type { InputProblem } from '../plan/work.ts';

/**
 * Lists the crates that have files the mirror does not hold after a run. A line is an index path, a
 * tab and the reason (`failed`, `missing_upstream`, `unusable`). The list is published only after a
 * run that checked everything in its plan, so that every crate it does not name is completed.
 */
export class RetryList {
  readonly #path: string;
  readonly #file: Output;
  /** Whether the list is complete so far. */
  #isReported = true;

  /** @throws UsageError when the list cannot be written */
  constructor(path: string) {
    this.#path = path;
    this.#file = openOutput('--retry-out', path);
  }

  /** @param lines whole lines of the list */
  add(lines: string): void {
    if (lines === '' || !this.#isReported) return;
    try {
      this.#file.write(Buffer.from(lines));
    } catch {
      // The disk may be full, which writing the crate files will report. Without its list, the run
      // counts as unfinished.
      this.#isReported = false;
    }
  }

  /** Records a part of the index that was skipped. */
  addProblem({ file, isDirectory, count }: InputProblem): void {
    if (count === 0) return;
    // The contents of an unreadable directory are unknown, so the list cannot be complete.
    if (isDirectory === true) this.#isReported = false;
    // A file that `--only-crates` would reject does not name a crate that could be retried.
    else if (isIndexFilePath(file)) this.add(`${file}\tunusable\n`);
  }

  /**
   * @param isWhole whether the run completed
   * @throws CodedError when the list cannot be renamed into place
   */
  close(isWhole: boolean): void {
    if (!isWhole || !this.#isReported) {
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
