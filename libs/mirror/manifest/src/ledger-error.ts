import { isNoSpace } from '@crates-mirror/errors';

/**
 * A file of a ledger cannot be read or written. What to do is part of the message, and `syscall` tells that it is no bug:
 * of an error that ends a thread, no more than that gets to the others.
 */
export class LedgerError extends Error {
  /** The system's where it cannot be written, `ledger_unreadable` where it cannot be read. */
  readonly code: string;
  readonly syscall: string;

  private constructor(code: string, message: string, cause: NodeJS.ErrnoException) {
    super(message, { cause });
    this.code = code;
    this.syscall = cause.syscall ?? '';
  }

  /** @param directory the whole ledger: what is left of a cache would be taken for all of it */
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
