export {
  type BackoffPolicy,
  MAX_RETRY_AFTER_MS,
  parseRetryAfter,
  retryDelay,
} from './backoff.ts';
export {
  classifyStatus,
  type FailureKind,
  isTransient,
  isUnreachable,
  type StatusClass,
} from './classify.ts';
