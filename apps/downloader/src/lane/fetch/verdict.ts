import { oneLine } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { GetFailure, GetOutcome, GetSuccess } from '@crates-mirror/http-client';
import type { RecordError } from '@crates-mirror/manifest';
import { classifyStatus, type FailureKind } from '@crates-mirror/retry';
import type { Target } from '../target.ts';
import { decodeContent } from './content-coding.ts';
import { type CrateBody, TooLarge } from './crate-body.ts';
import { describePage, isHtmlPage } from './html-page.ts';

/**
 * In bytes. Decoding happens in memory, so longer bodies are not decoded. Nearly all crate files
 * are far shorter.
 */
const MAX_DECODED = 64 << 20;

/** The outcome of one attempt, including integrity. */
export type Verdict =
  | { readonly kind: 'ok'; readonly sha256: string }
  | { readonly kind: 'missing_upstream'; readonly error: RecordError; readonly status: number | undefined }
  | { readonly kind: 'too_large'; readonly size: number; readonly error: RecordError }
  | { readonly kind: 'unverifiable'; readonly error: RecordError }
  | { readonly kind: 'sink'; readonly cause: unknown }
  | { readonly kind: 'withdrawn' }
  | ({ readonly kind: FailureKind; readonly error: RecordError } & Partial<
      Pick<GetFailure, 'status' | 'retryAfterMs'>
    >);

export type VerdictKind = Verdict['kind'];

export function judge(target: Target, body: CrateBody, outcome: GetOutcome): Verdict {
  if (!outcome.ok) return judgeFailure(outcome);
  return target.sha256 === undefined
    ? judgeWithoutChecksum(body, outcome)
    : judgeChecksum(target.sha256, body, outcome);
}

/**
 * Checks the bytes as received first, because some servers label a plain crate file, which is gzip
 * already, as encoded.
 */
function judgeChecksum(expected: string, body: CrateBody, outcome: GetSuccess): Verdict {
  const { size } = body;
  const sha256 = body.digest();
  if (sha256 === expected) return { kind: 'ok', sha256 };
  const content = body.read(MAX_DECODED);
  const { contentEncoding, contentType } = outcome;
  if (content !== undefined && contentEncoding !== undefined) {
    const decoded = decodeContent(content, contentEncoding);
    if (decoded !== undefined && sha256Hex(decoded) === expected) {
      body.replace(decoded);
      return { kind: 'ok', sha256: expected };
    }
  }
  if (content !== undefined && isHtmlPage(content, contentType)) return pageVerdict(content);
  const coding =
    contentEncoding === undefined
      ? ''
      : `, sent with Content-Encoding ${JSON.stringify(oneLine(contentEncoding))}`;
  const message = `SHA-256 is ${sha256}, expected ${expected} (${size} bytes received${coding})`;
  return { kind: 'checksum_mismatch', error: { code: 'checksum_mismatch', message } };
}

/**
 * A crate file is a gzip stream. Without a checksum, a coding is decoded only if the result is such
 * a stream.
 */
function judgeWithoutChecksum(body: CrateBody, { contentEncoding, contentType }: GetSuccess): Verdict {
  if (!body.hasLength) return UNVERIFIABLE;
  const sha256 = body.digest();
  const content = body.read(MAX_DECODED);
  if (content === undefined) return { kind: 'ok', sha256 };
  if (isHtmlPage(content, contentType)) return pageVerdict(content);
  const decoded = contentEncoding === undefined ? undefined : decodeContent(content, contentEncoding);
  if (decoded === undefined || !isGzip(decoded)) return { kind: 'ok', sha256 };
  body.replace(decoded);
  return { kind: 'ok', sha256: sha256Hex(decoded) };
}

function pageVerdict(content: Buffer): Verdict {
  return { kind: 'checksum_mismatch', error: { code: 'not_a_crate_file', message: describePage(content) } };
}

function isGzip(content: Buffer): boolean {
  return content[0] === 0x1f && content[1] === 0x8b;
}

function judgeFailure({ kind, code, message, cause, status, retryAfterMs }: GetFailure): Verdict {
  if (cause instanceof TooLarge)
    return { kind: 'too_large', size: cause.size, error: { code: cause.code, message: cause.message } };
  if (kind === 'sink') return { kind, cause };
  if (kind === 'withdrawn') return { kind };
  const error = { code, message };
  if (kind === 'http_status' && classifyStatus(status ?? 0) === 'missing')
    return { kind: 'missing_upstream', error, status };
  return { kind, error, status, retryAfterMs };
}

/** Without a checksum or length, a truncated stream cannot be distinguished from a complete one. */
const UNVERIFIABLE: Verdict = {
  kind: 'unverifiable',
  error: {
    code: 'unverifiable',
    message: 'neither a checksum nor a Content-Length vouches for the body: give --checksums',
  },
};
