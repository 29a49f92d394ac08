import type { IndexChange } from '@crates-mirror/crates-index';
import { type Output, openOutput } from '@crates-mirror/fs-atomic';

const SCHEMA_VERSION = 1;
const FLUSH_LENGTH = 1 << 16;

/**
 * The file of `--changes-out`: one JSON object per line. It replaces the previous run's file when
 * it is complete.
 */
export class ChangesFile {
  readonly #file: Output;
  #lines = '';

  /** @throws UsageError when it cannot be written */
  constructor(path: string) {
    this.#file = openOutput('--changes-out', path);
  }

  add(change: IndexChange): void {
    this.#lines += `${JSON.stringify({ schema_version: SCHEMA_VERSION, ...change })}\n`;
    if (this.#lines.length > FLUSH_LENGTH) this.#flush();
  }

  commit(): void {
    this.#flush();
    this.#file.commit();
  }

  /** Safe to call at any time. */
  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    this.#file.write(Buffer.from(this.#lines));
    this.#lines = '';
  }
}
