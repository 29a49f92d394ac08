export {
  type BackoffPolicy,
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
