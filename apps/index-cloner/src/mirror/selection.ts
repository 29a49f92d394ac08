import { lstatSync } from 'node:fs';
import { isIndexFilePath } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { readLines } from '@crates-mirror/lines';
import type { RetryEntry } from './state.ts';

/** What the downloader is to check. */
export type Selection =
  | {
      readonly kind: 'everything';
      readonly reason: string;
      /** The user's own option that makes the downloader skip some of it. */
      readonly leftBy?: string;
    }
  | {
      readonly kind: 'some';
      readonly paths: readonly string[];
      readonly changed: number;
      readonly again: number;
    }
  | { readonly kind: 'nothing' };

const MAX_LINE = 8192;
/**
 * In ms. A file that is missing upstream is requested again for this long, because a new one may
 * appear late.
 */
const MISSING_PATIENCE_MS = 7 * 24 * 3_600_000;

/**
 * Selects what has changed in the index and what the last run left incomplete.
 *
 * @param touched index files that are new or changed
 * @param repaired index files that differed from the commit
 * @param isThere whether the index has a file
 */
export function selectCrates(
  touched: readonly string[],
  retry: readonly RetryEntry[],
  repaired: ReadonlySet<string>,
  isThere: (path: string) => boolean,
): Selection {
  const changed = new Set(touched);
  // A full run also reports files in the index whose names no index file has.
  const others = [...retry.map(({ path }) => path), ...repaired].filter(isIndexFilePath);
  // A crate that was removed from the index needs no further action.
  const again = new Set(others.filter((path) => !changed.has(path) && isThere(path)));
  if (changed.size + again.size === 0) return { kind: 'nothing' };
  return { kind: 'some', paths: [...changed, ...again], changed: changed.size, again: again.size };
}

/**
 * Whether a path does not exist. One that cannot be queried now does not count as absent, or else
 * its incomplete crates would be forgotten.
 */
export function isAbsent(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
  }
}

/**
 * Reads the downloader's list of crates to retry.
 *
 * @param before the ledger of the last run, which records since when each entry exists
 * @param now ms since the epoch
 */
export function readRetryFile(file: string, before: readonly RetryEntry[], now: number): RetryEntry[] {
  const known = new Map(before.map((entry) => [entry.path, entry]));
  const reasons = new Map<string, string>();
  for (const { text } of readLines(file, MAX_LINE)) {
    const [path = '', reason = ''] = text.split('\t');
    if (!isIndexFilePath(path)) continue;
    // If a crate has several reasons, one that never expires takes precedence.
    if ((reasons.get(path) ?? 'missing_upstream') === 'missing_upstream') reasons.set(path, reason);
  }
  const entries = [...reasons].map(([path, reason]): RetryEntry => {
    const other = known.get(path);
    return other?.reason === reason ? other : { path, reason, since: new Date(now).toISOString() };
  });
  return entries.filter((entry) => !isGivenUp(entry, now));
}

function isGivenUp({ reason, since }: RetryEntry, now: number): boolean {
  return reason === 'missing_upstream' && now - Date.parse(since) > MISSING_PATIENCE_MS;
}
