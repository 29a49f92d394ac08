export interface CodedErrorOptions {
  /** What the reader can do about it, one short sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The base of every error this project throws on purpose.
 *
 * `code` is stable and machine-readable (snake_case), `message` says what and where in one line,
 * `hint` says what to do.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** Wrong usage or input: nothing was touched, the process exits with 2. */
export class UsageError extends CodedError {
  constructor(message: string, options: CodedErrorOptions = {}) {
    super('usage', message, options);
  }
}

/**
 * A condition that makes continuing pointless (a full disk, for example): the run ends with this
 * message and exit code 1.
 */
export class FatalError extends CodedError {}
