/** Why an attempt failed, as far as it matters for retrying. */
export type FailureKind =
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'connection_lost'
  | 'truncated'
  | 'overlong'
  | 'checksum_mismatch'
  | 'http_status'
  | 'redirect'
  | 'request';

export type StatusClass = 'success' | 'redirect' | 'missing' | 'transient' | 'refused';

const MISSING: ReadonlySet<number> = new Set([403, 404, 410, 451]);
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Classifies the final HTTP status of a GET for a whole file. `missing` is an outcome of its own
 * (the CDN answers 403 for objects it does not have); only `transient` is worth a retry.
 */
export function classifyStatus(status: number): StatusClass {
  if (status === 200) return 'success';
  if (REDIRECT.has(status)) return 'redirect';
  if (MISSING.has(status)) return 'missing';
  if (TRANSIENT.has(status) || (status >= 500 && status <= 599)) return 'transient';
  return 'refused';
}

const RETRIED: Readonly<Record<FailureKind, boolean>> = {
  connect: true,
  tls: true,
  timeout: true,
  connection_lost: true,
  truncated: true,
  overlong: true,
  checksum_mismatch: true,
  http_status: false,
  redirect: false,
  request: false,
};

/** Whether a retry may succeed. For `http_status` the status decides. */
export function isTransient(kind: FailureKind, status?: number): boolean {
  if (kind === 'http_status') return status !== undefined && classifyStatus(status) === 'transient';
  return RETRIED[kind];
}

/** Failures that say nothing about the requested file, only that its server cannot be reached. */
export function isUnreachable(kind: string): kind is 'connect' | 'tls' {
  return kind === 'connect' || kind === 'tls';
}
