import type { LookupResult } from '@crates-mirror/crate-files';
import type { Entry } from '@crates-mirror/crates-index';
import { UsageError, unreadable } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import { type CheckedRecord, isOk, readManifest } from '@crates-mirror/manifest';
import { wantedBy } from '@crates-mirror/sparse-index';

const TEXTS = [
  ['upstream', 'missing upstream'],
  ['failed', 'failed to download'],
  ['too_large', 'larger than --max-size'],
  ['yanked', 'yanked'],
  ['outdated', 'published anew and not mirrored again yet'],
  ['not_mirrored', 'not mirrored yet'],
  ['unknown', 'not mirrored yet or missing upstream'],
] as const;

export type MissingReason = (typeof TEXTS)[number][0];

/** Why a mirror does not hold a crate file that it has not lost, in words. */
export const REASONS: ReadonlyMap<MissingReason, string> = new Map(TEXTS);

/**
 * Explains why crate files are missing from a mirror. Only the downloader's manifest records which
 * downloads were tried and how they ended.
 */
export class MissingReasons {
  readonly #layout: Layout;
  /** Missing or failed files, by path; undefined if there is no manifest. */
  readonly #ended: ReadonlyMap<string, CheckedRecord['status']> | undefined;

  /**
   * @param manifest the downloader's manifest
   * @throws UsageError if it cannot be read, or is not a manifest
   */
  constructor(layout: Layout, manifest: string | undefined) {
    this.#layout = layout;
    this.#ended = manifest === undefined ? undefined : readEnded(manifest);
  }

  why(entry: Entry, result: LookupResult): MissingReason {
    const status = this.#ended?.get(this.#layout.pathOf(wantedBy(entry)));
    if (status === 'too_large') return status;
    if (status !== undefined) return status === 'missing_upstream' ? 'upstream' : 'failed';
    if (entry.yanked) return 'yanked';
    if (result.kind === 'outdated') return 'outdated';
    return this.#ended === undefined ? 'unknown' : 'not_mirrored';
  }
}

/** Reads the last record of each path. */
function readEnded(manifest: string): Map<string, CheckedRecord['status']> {
  const ended = new Map<string, CheckedRecord['status']>();
  let records = 0;
  let badLines = 0;
  try {
    for (const { path, status } of readManifest(manifest, () => badLines++)) {
      records += 1;
      if (isOk(status)) ended.delete(path);
      else ended.set(path, status);
    }
  } catch (error) {
    throw unreadable('--manifest', manifest, error);
  }
  if (records === 0 && badLines > 0)
    throw new UsageError(`--manifest: ${manifest} has no record of the downloader's`);
  return ended;
}
