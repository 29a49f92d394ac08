import type { Logger } from '@crates-mirror/logging';

/** The error that ends a run early. The summary reports the first one. */
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
