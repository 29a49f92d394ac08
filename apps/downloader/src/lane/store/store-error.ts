import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import type { RecordError } from '@crates-mirror/manifest';

/** These errors concern a single path. Any other write error would affect every following file. */
const CONCERNS_ONE_PATH: ReadonlySet<string> = new Set([
  'EISDIR',
  'ENOTDIR',
  'ENOTEMPTY',
  'EEXIST',
  'ENAMETOOLONG',
  'ELOOP',
  'too_large',
  'case_collision',
  'windows_name',
]);

/** A failure of the mirror's own file system. */
export class StoreError extends Error {
  readonly record: RecordError;
  /** The advice of the error thrown, if it has any. */
  readonly hint: string | undefined;
  /** Whether continuing with other files is pointless. */
  readonly isFatal: boolean;

  /** @param error the error thrown, or another thread's description of it */
  constructor(error: unknown) {
    super(isRecordError(error) ? error.message : errorMessage(error), { cause: error });
    const code = errorCode(error);
    this.record = { code: code === 'unknown' ? 'store' : code, message: this.message };
    this.hint = error instanceof CodedError ? error.hint : undefined;
    this.isFatal = !CONCERNS_ONE_PATH.has(code);
  }
}

/** Runs a file operation on the mirror. @throws StoreError */
export function storing<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(error);
  }
}

function isRecordError(error: unknown): error is RecordError {
  return !(error instanceof Error) && typeof (error as RecordError | null)?.message === 'string';
}
