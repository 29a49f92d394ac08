export { CodedError, type CodedErrorOptions, FatalError, UsageError } from './coded-error.ts';
export { describeError, errorCode, errorMessage, oneLine, redactCredentials, writeHint } from './describe.ts';
