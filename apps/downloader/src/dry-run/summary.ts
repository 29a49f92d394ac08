import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { surveyed } from './protocol.ts';
import type { SurveyTally } from './survey-tally.ts';

type Places = Pick<DownloaderOptions, 'out' | 'bundle'>;

/** What a person reads of a dry run. */
export function dryRunText(tally: SurveyTally, { out, bundle }: Places): string {
  const { toDownload, inPlace, toHash, bytes } = tally.survey;
  const all = surveyed(tally.survey);
  const place = bundle?.mode === 'only' ? bundle.directory : out;
  const row = (label: string, count: number, note = ''): string =>
    `  ${label.padEnd(18)}${formatCount(count).padStart(11)}${count === 0 || note === '' ? '' : `   ${note}`}`;
  const lines = [
    `Would download ${formatCount(toDownload)} of ${formatCount(all)} crate files into ${place}; nothing was touched (${formatDuration(tally.elapsedMs)}).`,
    '',
    row('to download', toDownload, sizeNote(tally.estimate)),
    row('already in place', inPlace, formatBytes(bytes)),
    row('to hash first', toHash, 'there, but not known to be what they should be'),
  ];
  if (tally.problems > 0) lines.push(row('unusable input', tally.problems, 'see the warnings above'));
  return `${lines.join('\n')}\n`;
}

function sizeNote(estimate: number | undefined): string {
  return estimate === undefined
    ? 'the index tells no sizes, and nothing is in place to judge by'
    : `about ${formatBytes(estimate)}, if they are like those in place`;
}

/** The same for machines: one JSON object. */
export function dryRunJson(tally: SurveyTally, { out }: Places): string {
  const { toDownload, inPlace, toHash, bytes } = tally.survey;
  return `${JSON.stringify({
    dry_run: true,
    targets: surveyed(tally.survey),
    to_download: toDownload,
    to_download_bytes_estimate: tally.estimate ?? null,
    existing: inPlace,
    existing_bytes: bytes,
    to_hash: toHash,
    input_problems: tally.problems,
    elapsed_ms: Math.round(tally.elapsedMs),
    out,
  })}\n`;
}
