export { CodedError, type CodedErrorOptions, FatalError, UsageError } from './coded-error.ts';
export {
  describeError,
  describeValue,
  errorCode,
  errorMessage,
  oneLine,
  redactCredentials,
} from './describe.ts';
export { readFailure, unreadable } from './unreadable.ts';
export { beforeRunningAgain, isFatalWrite, isNoSpace, writeHint } from './write-errors.ts';
