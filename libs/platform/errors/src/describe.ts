import { CodedError } from './coded-error.ts';

const CREDENTIALS_IN_URL = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029]+/gu;
const MAX_MESSAGE = 500;

/** Replaces `user:password@` in any URL inside `text`. */
export function redactCredentials(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '$1***@');
}

/**
 * `text` as one terminal or log line: no credentials, no control characters, at most 500
 * characters.
 */
export function oneLine(text: string): string {
  const line = redactCredentials(text).replace(CONTROL_CHARACTERS, ' ').trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}

/** Characters of a value that a message repeats. */
const MAX_VALUE = 100;

/** A value of a TOML or JSON file, as part of a message. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  // Large integers of TOML, which JSON.stringify refuses.
  const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  const line = oneLine(text);
  return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}…` : line;
}

/** The stable code of any thrown value: ours, Node's (`ENOSPC`) or `unknown`. */
export function errorCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return 'unknown';
}

/** The message of any thrown value, as one line. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return oneLine([...new Set(error.errors.map((inner) => errorMessage(inner)))].join('; '));
  }
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** Message and hint in one line, as shown to a user. */
export function describeError(error: unknown): string {
  const hint = error instanceof CodedError ? error.hint : undefined;
  const message = errorMessage(error);
  if (hint === undefined) return message;
  const advice = oneLine(hint);
  // A path such as '.' at the end must not look like '..'.
  if (message.endsWith('.')) return `${message} (${advice})`;
  return `${message}${message.endsWith('?') ? '' : '.'} ${advice}`;
}
