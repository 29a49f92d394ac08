import type { Logger } from '@crates-mirror/logging';

/** What ends a run early; the first of such errors is the one that the summary tells. */
export class RunFailure {
  readonly #logger: Logger;
  message: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  note({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): void {
    this.message ??= message;
    this.#logger.error(hint === undefined ? message : `${message}. ${hint}`);
  }
}
