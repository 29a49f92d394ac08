import { isNoSpace } from '@crates-mirror/errors';

/**
 * Thrown when a file of a ledger cannot be read or written. The message says what to do, because an
 * error that ends a thread reaches other threads only as its message and simple properties.
 * `syscall` marks it as an operating error rather than a bug.
 */
export class LedgerError extends Error {
  /** The system's code if it cannot be written, `ledger_unreadable` if it cannot be read. */
  readonly code: string;
  readonly syscall: string;

  private constructor(code: string, message: string, cause: NodeJS.ErrnoException) {
    super(message, { cause });
    this.code = code;
    this.syscall = cause.syscall ?? '';
  }

  /** @param directory the whole ledger, since a partly deleted cache would seem complete */
  static cannotRead(path: string, directory: string, error: unknown): LedgerError {
    const cause = error as NodeJS.ErrnoException;
    const advice = `it is part of a cache: remove ${directory} and run again`;
    return new LedgerError('ledger_unreadable', `cannot read ${path}: ${cause.message}; ${advice}`, cause);
  }

  static cannotWrite(path: string, error: unknown): LedgerError {
    const cause = error as NodeJS.ErrnoException;
    const code = cause.code ?? 'unknown';
    const advice = isNoSpace(code) ? '; free some space and run again' : '';
    return new LedgerError(code, `cannot write ${path}: ${cause.message}${advice}`, cause);
  }
}
