import { type CodedErrorOptions, FatalError } from '@crates-mirror/errors';
import { classifyStatus } from '@crates-mirror/retry';

/** ms. S3 refuses requests with older signatures. */
const MAX_SKEW_MS = 15 * 60_000;

/** The response of an object store. */
export interface StoreAnswer {
  readonly status: number;
  /** S3's error code, like `NoSuchKey`; undefined for a HEAD, which has no body. */
  readonly word: string | undefined;
  /** The server's clock, ms since the epoch; NaN if not sent. */
  readonly date: number;
}

interface Meaning {
  readonly code: string;
  readonly says: string;
  readonly hint?: string;
}

const DENIED: Meaning = {
  code: 'access_denied',
  says: 'refuses access',
  hint: 'Check the credentials and their policy',
};
const EXPIRED: Meaning = {
  code: 'expired_credentials',
  says: 'says that the credentials have expired',
  hint: 'Get new ones, and run again',
};
const SKEWED: Meaning = {
  code: 'clock_skew',
  says: 'has another time of the day than this machine',
  hint: 'Put the clock right',
};
const FULL: Meaning = {
  code: 'store_full',
  says: 'has no room',
  hint: 'Free some space or raise the quota, and run again',
};
const NO_BUCKET: Meaning = { code: 'no_such_bucket', says: 'has no such bucket', hint: 'Make it first' };
const NOT_IMPLEMENTED: Meaning = { code: 'not_implemented', says: 'does not know such requests' };
const WRONG_BYTES: Meaning = {
  code: 'checksum_mismatch',
  says: 'has received other bytes than were sent',
};

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['AccessDenied', DENIED],
  ['InvalidAccessKeyId', DENIED],
  ['SignatureDoesNotMatch', DENIED],
  ['AccountProblem', DENIED],
  ['ExpiredToken', EXPIRED],
  ['ExpiredTokenException', EXPIRED],
  ['InvalidToken', EXPIRED],
  ['TokenRefreshRequired', EXPIRED],
  ['RequestTimeTooSkewed', SKEWED],
  ['RequestExpired', SKEWED],
  ['NoSuchBucket', NO_BUCKET],
  ['QuotaExceeded', FULL],
  ['InsufficientStorage', FULL],
  ['InsufficientCapacity', FULL],
  ['XMinioStorageFull', FULL],
  ['BadDigest', WRONG_BYTES],
  ['XAmzContentChecksumMismatch', WRONG_BYTES],
  ['XAmzContentSHA256Mismatch', WRONG_BYTES],
]);

/** Error codes that may succeed on retry, besides 5xx and 429. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'RequestTimeout',
  'SlowDown',
  'OperationAborted',
  ...[...MEANINGS].filter(([, meaning]) => meaning === WRONG_BYTES).map(([word]) => word),
]);

/**
 * Whether a retry may succeed: a full store (507) stays full, and a missing feature (501) stays
 * missing.
 */
export function isTransientAnswer({ status, word }: StoreAnswer): boolean {
  if (word !== undefined && TRANSIENT.has(word)) return true;
  const isLasting = status === 501 || meaningOf({ status, word }) === FULL;
  return classifyStatus(status) === 'transient' && !isLasting;
}

/**
 * The error for a response that no retry can improve.
 *
 * @param what the request, like `PUT s3://bucket/key`
 */
export function storeFailure(what: string, answer: StoreAnswer): FatalError {
  const { status, word } = answer;
  const codes = [String(status), ...(word === undefined ? [] : [word])].join(' ');
  const meaning = isSkewed(answer) ? SKEWED : meaningOf(answer);
  if (meaning === undefined) return failure('store_refused', `${what}: the object store answers ${codes}`);
  const { code, says, hint } = meaning;
  return failure(code, `${what}: the object store ${says} (${codes})`, hint);
}

/** The error for a store that has not answered. */
export function storeUnreachable(what: string, why: string): FatalError {
  return failure('store_unreachable', `${what}: the object store cannot be reached: ${why}`);
}

/** The error for a response that is not what was requested. */
export function wrongAnswer(what: string, why: string): FatalError {
  return failure('wrong_answer', `${what}: the object store ${why}`);
}

function failure(code: string, message: string, hint?: string): FatalError {
  const options: CodedErrorOptions = hint === undefined ? {} : { hint };
  return new FatalError(code, message, options);
}

function meaningOf({ status, word }: Pick<StoreAnswer, 'status' | 'word'>): Meaning | undefined {
  const known = word === undefined ? undefined : MEANINGS.get(word);
  if (known !== undefined) return known;
  if (status === 507) return FULL;
  if (status === 501) return NOT_IMPLEMENTED;
  return status === 401 || status === 403 ? DENIED : undefined;
}

/** A response to HEAD has no error code: clocks that differ by too much indicate the same. */
function isSkewed({ status, word, date }: StoreAnswer): boolean {
  return status === 403 && word === undefined && Math.abs(date - Date.now()) > MAX_SKEW_MS;
}
