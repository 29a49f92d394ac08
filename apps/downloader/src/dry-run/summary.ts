import { type BundleOptions, type DownloaderOptions, mirrorName } from '@crates-mirror/downloader-options';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { SIZE_SOURCES, type SizeSource } from '../sizes/size-source.ts';
import { affectedText } from './advisories/affected-rows.ts';
import { inodesOf, sizeLimitOf } from './inodes/inodes.ts';
import { knownSum, type Survey, surveyed } from './protocol.ts';
import { removalRows } from './removal-rows.ts';
import { selectionRows } from './selection-rows.ts';
import type { Sizing } from './sizing/estimate.ts';
import type { SurveyTally } from './survey-tally.ts';
import { runTime } from './trial/run-time.ts';

type Places = Pick<DownloaderOptions, 'out' | 'bundle' | 'bucket' | 'removals'>;

/** The summary of a dry run, for people. */
export function dryRunText(tally: SurveyTally, { out, bundle, bucket, removals }: Places): string {
  const { toDownload, inPlace, toBundle, toHash, bytes } = tally.survey;
  const all = surveyed(tally.survey);
  const isMoving = bundle?.mode === 'only' && bucket === undefined;
  const place = isMoving ? bundle.directory : mirrorName({ out, bucket });
  const count = formatCount(toBundle);
  const how = isMoving ? `move ${count} loose ones there` : `copy ${count} loose ones into bundles`;
  const moving = toBundle === 0 ? '' : `, and ${how}`;
  const row = (label: string, count: number, note = ''): string =>
    `  ${label.padEnd(LABEL_WIDTH)}${formatCount(count).padStart(COUNT_WIDTH)}${count === 0 || note === '' ? '' : `   ${note}`}`;
  const lines = [
    `Would download ${formatCount(toDownload)} of ${formatCount(all)} crate files into ${place}${moving}; nothing was touched (${formatDuration(tally.elapsedMs)}).`,
    '',
    row('to download', toDownload, sizeNote(tally)),
    ...knownRows(tally.survey, row),
    ...timeRows(tally),
    row('already in place', inPlace, formatBytes(bytes)),
    ...(bundle === undefined ? [] : bundlingRows(tally.survey, isMoving, row)),
    row(
      'to hash first',
      toHash,
      `there, but not known to be what they should be${isMoving ? '; moved if they are' : ''}`,
    ),
  ];
  lines.push(...leftRows(tally, row));
  lines.push(...removalRows(tally.removals, removals.action, row));
  if (bucket === undefined) lines.push(...inodeRows(tally, bundle, row));
  lines.push(...selectionRows(tally.reasons, row));
  if (tally.problems > 0) lines.push(row('unusable input', tally.problems, 'see the warnings above'));
  lines.push(...affectedText(tally.affected));
  return `${lines.join('\n')}\n`;
}

/** Rows for the number of files the run would create. */
function inodeRows(tally: SurveyTally, bundle: BundleOptions | undefined, row: Row): string[] {
  const inodes = inodesOf(tally, bundle);
  if (inodes === undefined) return [];
  const size = formatBytes(sizeLimitOf(bundle));
  const { looseFiles, looseDirectories, bundled } = inodes;
  const directories = looseDirectories === 0 ? '' : `, ${formatCount(looseDirectories)} of them directories`;
  return [
    row('as loose files', looseFiles + looseDirectories, `inodes${directories}`),
    row(
      'as bundles',
      bundled,
      `inodes: bundles of ${size}, each with manifest and .sha256, and their catalog`,
    ),
  ];
}

const KNOWN_BY: Readonly<Record<SizeSource, string>> = {
  ledger: 'the ledger',
  bundles: 'the ledger of bundles',
  manifests: 'manifests',
  sidecars: 'sidecars',
};

/** Rows for the number of files whose size is known, and the sources. */
function knownRows(survey: Survey, row: Row): string[] {
  const { count, bytes } = knownSum(survey);
  if (count === 0) return [];
  const sources = SIZE_SOURCES.filter((source) => survey.known[source].count > 0)
    .map((source) => `${formatCount(survey.known[source].count)} from ${KNOWN_BY[source]}`)
    .join(', ');
  return [row('  of known size', count, `${formatBytes(bytes)}: ${sources}`)];
}

/** Rows for crate files that the index does not name. */
function leftRows({ left }: SurveyTally, row: Row): string[] {
  if (left === undefined) return [];
  const { loose, bundled } = left;
  const count = loose.count + bundled.count;
  if (count === 0) return [];
  const where = bundled.count === 0 ? '' : `, ${formatCount(bundled.count)} of them in bundles`;
  const note = `${formatBytes(loose.bytes + bundled.bytes)} that the index does not name, or no longer${where}`;
  return [
    row(
      'not in the index',
      count,
      `${note}; a run keeps them unless --on-removed says otherwise, --log-level debug lists them`,
    ),
  ];
}

const LABEL_WIDTH = 18;
const COUNT_WIDTH = 11;

/** Rows for the expected duration at the measured rate. */
function timeRows({ rate, toDownload, survey }: SurveyTally): string[] {
  if (rate === undefined || toDownload === undefined) return [];
  const { ms, low, high } = runTime(rate, toDownload, survey.toDownload);
  const [shortest, longest] = [formatDuration(low), formatDuration(high)];
  const bounds = shortest === longest ? '' : `, ${shortest} to ${longest} for these bytes`;
  const speed = `${formatBytes(rate.bytesPerSecond)}/s, ${formatCount(rate.filesPerSecond)} files/s`;
  const trial = `measured now on ${formatCount(rate.files)} files (${formatBytes(rate.bytes)}, thrown away)`;
  const label = 'time'.padEnd(LABEL_WIDTH);
  return [`  ${label}${formatDuration(ms).padStart(COUNT_WIDTH)}   about${bounds}, at ${speed}, ${trial}`];
}

type Row = (label: string, count: number, note: string) => string;

function bundlingRows(survey: Survey, isMoving: boolean, row: Row): string[] {
  const { toBundle, toBundleBytes, leftOver, leftOverBytes } = survey;
  const rows: string[] = [];
  const loose = `${formatBytes(toBundleBytes)} of loose files`;
  if (toBundle > 0 && isMoving) rows.push(row('to move to bundles', toBundle, `${loose}, which are removed`));
  else if (toBundle > 0) rows.push(row('to copy to bundles', toBundle, `${loose}, which stay`));
  if (leftOver > 0)
    rows.push(row('loose, to remove', leftOver, `${formatBytes(leftOverBytes)} that bundles hold already`));
  return rows;
}

function sizeNote({ estimate, sizing, survey }: SurveyTally): string {
  if (sizing !== undefined) return sampledNote(sizing);
  const known = knownSum(survey);
  if (known.count === survey.toDownload) return `${formatBytes(known.bytes)}, as known`;
  return estimate === undefined
    ? 'the index has no sizes, and nothing is in place to judge by'
    : `about ${formatBytes(estimate)}, if they are like those in place`;
}

/** A note on the sizes requested from upstream. */
function sampledNote({ estimate, sizes, failed, failure, isOffline }: Sizing): string {
  if (isOffline) return `size not known: upstream cannot be reached (${failure})`;
  const unanswered = failed === 0 ? '' : `, and ${formatCount(failed)} failed (${failure})`;
  const from = `from the sizes of ${formatCount(sizes.length)} at random${unanswered}`;
  if (estimate === undefined) return `size not known ${from}: too few to tell`;
  const { bytes, low, high } = estimate;
  if (low === high) return `${formatBytes(bytes)}, as upstream reports`;
  return `about ${formatBytes(bytes)}, ${formatBytes(low)} to ${formatBytes(high)} at 95 %, ${from}`;
}
