import type { NewCatalogEntry } from '@crates-mirror/bundle';
import { shellWord } from '@crates-mirror/cli/shell-word';
import { type DownloaderOptions, mirrorName } from '@crates-mirror/downloader-options';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { isPlain } from '@crates-mirror/selection/options';
import { inPlace, processed } from '../lane/report/completed-batch.ts';
import type { Tally } from './tally.ts';

export interface RunEnd {
  readonly interrupted: boolean;
  /** The error that ended the run early, in one line. */
  readonly fatal: string | undefined;
}

const SEE_WARNINGS = 'see the warnings above';

type Places = Pick<DownloaderOptions, 'out' | 'bucket' | 'manifest' | 'bundle' | 'source'>;

/** The bundles written by a run. */
export interface BundlesWritten {
  readonly catalog: string;
  readonly finished: readonly NewCatalogEntry[];
}

/** The summary of a run, for people. */
export function summaryText(
  tally: Tally,
  options: Places,
  end: RunEnd,
  bundles?: BundlesWritten,
  oldestVerification?: number,
): string {
  const { counts } = tally;
  const lines = [headline(tally, options, end), ''];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(18)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  row('downloaded', counts.downloaded, counts.downloaded === 0 ? '' : transferNote(tally));
  row('already in place', counts.existing + counts.verifiedExisting, verifiedNote(counts.verifiedExisting));
  if (counts.moved > 0) row('moved to bundles', counts.moved, movedNote(counts.movedBytes, options.out));
  if (counts.damaged > 0) row('damaged', counts.damaged, 'in place with other bytes than were verified');
  removedRows(tally, row);
  if (counts.tooLarge > 0) row('too large', counts.tooLarge, 'not fetched: larger than --max-size');
  row('missing upstream', counts.missingUpstream);
  row('failed', counts.failed);
  row('retries', counts.retries);
  if (tally.problems > 0) row('unusable input', tally.problems, SEE_WARNINGS);
  const finished = bundles?.finished ?? [];
  if (finished.length > 0) row('bundles', finished.length, bundleNote(finished));
  const places: string[] = [];
  // A run that completed nothing has no records in the manifest.
  if (processed(counts) > 0) places.push(`  every file's record   ${options.manifest}`);
  if (bundles !== undefined && (processed(counts) > 0 || finished.length > 0))
    places.push(`  every bundle's line   ${bundles.catalog}`);
  if (oldestVerification !== undefined)
    places.push(`  every file verified   ${isoTime(oldestVerification)} or later`);
  if (places.length > 0) lines.push('', ...places);
  if (tally.firstFailures.length > 0) lines.push('', ...failureLines(tally, options.manifest));
  return `${lines.join('\n')}\n`;
}

function removedRows({ removed }: Tally, row: (label: string, value: number, note?: string) => void): void {
  if (removed === undefined) return;
  const { quarantined, deleted, withdrawn, restored } = removed;
  if (quarantined > 0)
    row('quarantined', quarantined, 'no longer to be mirrored; --restore brings them back');
  if (deleted > 0) row('deleted', deleted, 'no longer to be mirrored');
  if (withdrawn > 0) row('withdrawn', withdrawn, 'stay in their bundles, and are not served');
  if (restored > 0) row('restored', restored, 'to be mirrored again');
}

/** @param seconds since the epoch */
function isoTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`;
}

function placeOf({ out, bucket, bundle }: Places): string {
  if (bundle === undefined || bucket !== undefined) return mirrorName({ out, bucket });
  return bundle.mode === 'only' ? bundle.directory : `${out} and ${bundle.directory}`;
}

function bundleNote(bundles: readonly NewCatalogEntry[]): string {
  const size = bundles.reduce((sum, bundle) => sum + bundle.size, 0);
  const last = bundles.at(-1)?.path;
  return `${formatBytes(size)}, ${bundles.length === 1 ? '' : 'the last one '}${last}`;
}

function headline(tally: Tally, options: Places, end: RunEnd): string {
  const { counts } = tally;
  const out = placeOf(options);
  // Files that turned out to be too large are not part of the selection.
  const all = processed(counts) - counts.tooLarge;
  const elapsed = formatDuration(tally.elapsedMs);
  // Files that the run did not reach may also be in place.
  const looked = `${formatCount(inPlace(counts))} of the ${formatCount(all)} crate files looked at are in ${out}`;
  const soFar = `after ${elapsed}: ${all === 0 ? 'no crate file was processed' : looked}`;
  if (end.fatal !== undefined) return `Stopped ${soFar}; run again to go on.`;
  if (end.interrupted) return `Interrupted ${soFar}; run again to go on.`;
  if (all === 0) return `Nothing to mirror: ${emptySource(options)}.`;
  if (inPlace(counts) < all || tally.problems > 0) {
    return `Mirrored ${formatCount(inPlace(counts))} of ${formatCount(all)} crate files into ${out} in ${elapsed}.`;
  }
  const isOne = all === 1;
  if (counts.downloaded === 0) {
    const which = isOne ? 'The one crate file is' : `All ${formatCount(all)} crate files are`;
    return `${which} in place in ${out} (${elapsed}).`;
  }
  return `Mirrored ${isOne ? 'the one crate file' : `all ${formatCount(all)} crate files`} into ${out} in ${elapsed}.`;
}

function emptySource({ source }: Places): string {
  if (source.kind === 'list') return 'the list names no crate file';
  return isPlain(source.rules) ? 'the index names no crate file' : 'no crate file of the index is selected';
}

function transferNote(tally: Tally): string {
  const seconds = tally.elapsedMs / 1000;
  const { downloaded, bytes } = tally.counts;
  return `${formatBytes(bytes)}, ${formatCount(downloaded / seconds)} files/s, ${formatBytes(bytes / seconds)}/s`;
}

function verifiedNote(verified: number): string {
  return verified === 0 ? '' : `${formatCount(verified)} of them hashed in this run`;
}

function movedNote(bytes: number, out: string): string {
  return `${formatBytes(bytes)} of loose files, which are removed from ${out}`;
}

function failureLines(tally: Tally, manifest: string): string[] {
  const shown = tally.firstFailures.map(({ url, code, message }) => `  ${code}  ${url}\n      ${message}`);
  const hidden = tally.counts.failed - tally.firstFailures.length;
  // The manifest contains the records of all runs.
  const isOurs = `.status == "error" and .finished_at >= "${tally.startTime.toISOString()}"`;
  const all = `All failures: jq -c 'select(${isOurs})' ${shellWord(manifest)}`;
  return ['First failures:', ...shown, hidden > 0 ? `  and ${formatCount(hidden)} more. ${all}` : `  ${all}`];
}

/** The summary for machines: one JSON object. */
export function summaryJson(
  tally: Tally,
  options: Places,
  end: RunEnd,
  bundles?: BundlesWritten,
  oldestVerification?: number,
): string {
  const { counts } = tally;
  return `${JSON.stringify({
    processed: processed(counts),
    ok: inPlace(counts),
    downloaded: counts.downloaded,
    existing: counts.existing,
    verified_existing: counts.verifiedExisting,
    missing_upstream: counts.missingUpstream,
    too_large: counts.tooLarge,
    failed: counts.failed,
    damaged: counts.damaged,
    ...(tally.removed === undefined ? {} : { removed: { ...tally.removed } }),
    retries: counts.retries,
    bytes: counts.bytes,
    input_problems: tally.problems,
    elapsed_ms: Math.round(tally.elapsedMs),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    out: mirrorName(options),
    manifest: options.manifest,
    ...(oldestVerification === undefined ? {} : { oldest_verification: isoTime(oldestVerification) }),
    ...(bundles === undefined
      ? {}
      : {
          moved_to_bundles: counts.moved,
          moved_to_bundles_bytes: counts.movedBytes,
          catalog: bundles.catalog,
          bundles: bundles.finished.map(({ path, size }) => ({ path, size })),
        }),
  })}\n`;
}
