import { type BundleMode, type DownloaderOptions, mirrorName } from '@crates-mirror/downloader-options';
import { affectedJson } from './advisories/affected-rows.ts';
import { inodesOf } from './inodes/inodes.ts';
import { knownSum, type Survey, surveyed } from './protocol.ts';
import { removalsJson } from './removal-rows.ts';
import { selectionJson } from './selection-rows.ts';
import type { SurveyTally } from './survey-tally.ts';
import { runTime } from './trial/run-time.ts';

const SCHEMA_VERSION = 1;

type Json = Record<string, unknown>;

/**
 * The summary of a dry run for scripts: one JSON object, described in docs/formats.md. Unknown
 * values are null.
 */
export function dryRunJson(
  tally: SurveyTally,
  { out, bundle, bucket }: Pick<DownloaderOptions, 'out' | 'bundle' | 'bucket'>,
): string {
  const { survey } = tally;
  const inodes = bucket === undefined ? inodesOf(tally, bundle) : undefined;
  const value = {
    schema_version: SCHEMA_VERSION,
    dry_run: true,
    targets: surveyed(survey),
    to_download: survey.toDownload,
    ...bytesJson(tally),
    ...timeJson(tally),
    existing: survey.inPlace,
    existing_bytes: survey.bytes,
    to_hash: survey.toHash,
    ...bundlingJson(survey, bundle?.mode),
    inodes_loose: inodes === undefined ? null : inodes.looseFiles + inodes.looseDirectories,
    inodes_loose_directories: inodes?.looseDirectories ?? null,
    inodes_bundled: inodes?.bundled ?? null,
    not_in_index: leftJson(tally),
    to_remove: removalsJson(tally.removals),
    ...selectionJson(tally.reasons),
    affected: affectedJson(tally.affected),
    input_problems: tally.problems,
    elapsed_ms: Math.round(tally.elapsedMs),
    out: mirrorName({ out, bucket }),
  };
  return `${JSON.stringify(value)}\n`;
}

function bytesJson({ survey, sizing, toDownload }: SurveyTally): Json {
  const known = knownSum(survey);
  // The error of an estimate derived from the files in place is unknown.
  const isBounded = sizing !== undefined || known.count === survey.toDownload;
  const bounds = isBounded ? toDownload : undefined;
  return {
    to_download_bytes_estimate: toDownload?.bytes ?? null,
    to_download_bytes_low: bounds?.low ?? null,
    to_download_bytes_high: bounds?.high ?? null,
    to_download_known: known.count,
    to_download_known_bytes: known.bytes,
    to_download_known_by: survey.known,
    size_sample: sizing?.sizes.length ?? null,
    size_sample_missing: sizing?.missing ?? null,
    size_sample_failed: sizing?.failed ?? null,
    size_seed: sizing?.seed ?? null,
  };
}

function timeJson({ rate, toDownload, survey }: SurveyTally): Json {
  const time = rate && toDownload && runTime(rate, toDownload, survey.toDownload);
  const rounded = (value: number | undefined): number | null =>
    value === undefined ? null : Math.round(value);
  return {
    time_ms_estimate: rounded(time?.ms),
    time_ms_low: rounded(time?.low),
    time_ms_high: rounded(time?.high),
    trial_files: rate?.files ?? null,
    trial_missing: rate?.missing ?? null,
    trial_failed: rate?.failed ?? null,
    trial_bytes: rate?.bytes ?? null,
    trial_ms: rounded(rate?.ms),
    trial_bytes_per_second: rounded(rate?.bytesPerSecond),
    trial_files_per_second: rounded(rate?.filesPerSecond),
  };
}

function leftJson({ left }: SurveyTally): Json | null {
  if (left === undefined) return null;
  const { loose, bundled, files } = left;
  return { count: loose.count + bundled.count, bytes: loose.bytes + bundled.bytes, loose, bundled, files };
}

function bundlingJson(
  { toBundle, toBundleBytes, leftOver, leftOverBytes }: Survey,
  mode: BundleMode | undefined,
): Json {
  const isMoving = mode === 'only';
  return {
    to_bundle: toBundle,
    to_bundle_bytes: toBundleBytes,
    loose_to_remove: isMoving ? toBundle + leftOver : 0,
    loose_to_remove_bytes: isMoving ? toBundleBytes + leftOverBytes : 0,
  };
}
