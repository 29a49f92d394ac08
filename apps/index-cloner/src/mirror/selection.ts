import { lstatSync } from 'node:fs';
import { isIndexFilePath } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';
import { readLines } from '@crates-mirror/lines';
import type { RetryEntry } from './state.ts';

/** What the downloader is to look at. */
export type Selection =
  | {
      readonly kind: 'everything';
      readonly reason: string;
      /** The user's own option by which the downloader passes over some of it. */
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
/** A file that is missing upstream is asked for again this long: a new one may be late. ms */
const MISSING_PATIENCE_MS = 7 * 24 * 3_600_000;

/**
 * What has changed in the index, and what was not settled by the last run.
 *
 * @param touched index files that are new or changed
 * @param repaired index files that were not what the commit has
 * @param isThere whether the index has a file
 */
export function selectCrates(
  touched: readonly string[],
  retry: readonly RetryEntry[],
  repaired: ReadonlySet<string>,
  isThere: (path: string) => boolean,
): Selection {
  const changed = new Set(touched);
  // A full run also tells of files that lie in the index under names that no index file has.
  const others = [...retry.map(({ path }) => path), ...repaired].filter(isIndexFilePath);
  // A crate that is gone from the index needs nothing any more.
  const again = new Set(others.filter((path) => !changed.has(path) && isThere(path)));
  if (changed.size + again.size === 0) return { kind: 'nothing' };
  return { kind: 'some', paths: [...changed, ...again], changed: changed.size, again: again.size };
}

/** What cannot be looked at now is not taken to be gone: what is still to be mirrored of it would be forgotten. */
export function isAbsent(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
  }
}

/**
 * Reads what the downloader tells to try again.
 *
 * @param before the ledger of the last run, which knows since when
 * @param now ms since the epoch
 */
export function readRetryFile(file: string, before: readonly RetryEntry[], now: number): RetryEntry[] {
  const known = new Map(before.map((entry) => [entry.path, entry]));
  const reasons = new Map<string, string>();
  for (const { text } of readLines(file, MAX_LINE)) {
    const [path = '', reason = ''] = text.split('\t');
    if (!isIndexFilePath(path)) continue;
    // Of several reasons for one crate, one that is never given up counts.
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
