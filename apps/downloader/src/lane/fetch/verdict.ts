import type { GetFailure, GetOutcome } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import { classifyStatus, type FailureKind } from '@crates-mirror/retry';
import type { Target } from '../target.ts';
import type { CrateBody } from './crate-body.ts';

/** What one attempt came to, integrity included. */
export type Verdict =
  | { readonly kind: 'ok'; readonly sha256: string }
  | { readonly kind: 'missing_upstream'; readonly error: RecordError; readonly status: number | undefined }
  | { readonly kind: 'unverifiable'; readonly error: RecordError }
  | { readonly kind: 'sink'; readonly cause: unknown }
  | { readonly kind: 'withdrawn' }
  | ({ readonly kind: FailureKind; readonly error: RecordError } & Partial<
      Pick<GetFailure, 'status' | 'retryAfterMs'>
    >);

export type VerdictKind = Verdict['kind'];

export function judge(target: Target, body: CrateBody, outcome: GetOutcome): Verdict {
  if (!outcome.ok) return judgeFailure(outcome);
  if (target.sha256 === undefined && !body.hasLength) return UNVERIFIABLE;
  const sha256 = body.digest();
  if (target.sha256 === undefined || sha256 === target.sha256) return { kind: 'ok', sha256 };
  const message = `SHA-256 is ${sha256}, expected ${target.sha256} (${body.size} bytes received)`;
  return { kind: 'checksum_mismatch', error: { code: 'checksum_mismatch', message } };
}

function judgeFailure({ kind, code, message, cause, status, retryAfterMs }: GetFailure): Verdict {
  if (kind === 'sink') return { kind, cause };
  if (kind === 'withdrawn') return { kind };
  const error = { code, message };
  if (kind === 'http_status' && classifyStatus(status ?? 0) === 'missing')
    return { kind: 'missing_upstream', error, status };
  return { kind, error, status, retryAfterMs };
}

/** A stream cut short looks just like its end then. */
const UNVERIFIABLE: Verdict = {
  kind: 'unverifiable',
  error: {
    code: 'unverifiable',
    message: 'neither a checksum nor a Content-Length vouches for the body: give --checksums',
  },
};
