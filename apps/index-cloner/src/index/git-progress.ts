import type { Logger, StatusLine } from '@crates-mirror/logging';

/**
 * Shows git's own progress: in the status line of a terminal, otherwise as an occasional log line.
 */
export class GitProgress {
  readonly #status: StatusLine;
  readonly #logger: Logger;
  readonly #intervalMs: number;
  #loggedAt = performance.now();

  /** @param intervalMs time between log lines; 0 for none */
  constructor(status: StatusLine, logger: Logger, intervalMs: number) {
    this.#status = status;
    this.#logger = logger;
    this.#intervalMs = intervalMs;
  }

  readonly show = (line: string): void => {
    this.#status.setStatus(`index: ${line}`);
    const now = performance.now();
    if (this.#intervalMs === 0 || now - this.#loggedAt < this.#intervalMs) return;
    this.#loggedAt = now;
    this.#logger.info(`index: ${line}`);
  };

  clear(): void {
    this.#status.setStatus('');
  }
}
