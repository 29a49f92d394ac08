import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { Report } from '../report.ts';
import { failureLines } from '../summary.ts';

export interface PackEnd {
  /** Path of the parcel; undefined if nothing has changed. */
  readonly parcel: string | undefined;
  readonly sequence: number;
  /** SHA-256 of its manifest. */
  readonly id: string;
  readonly volumes: number;
  readonly isSigned: boolean;
}

/** Summary of a pack run for people. */
export function packText(report: Report, { parcel, sequence, volumes, isSigned }: PackEnd): string {
  const elapsed = formatDuration(report.elapsedMs);
  if (parcel === undefined)
    return [
      `Nothing has changed since parcel ${sequence} (${elapsed}): there is no new parcel.`,
      ...failureLines(report),
    ]
      .join('\n')
      .concat('\n');
  const inVolumes = `${formatCount(volumes)} ${volumes === 1 ? 'volume' : 'volumes'}`;
  const lines = [
    `Packed parcel ${sequence} in ${elapsed}: ${parcel}, ${inVolumes}${isSigned ? '' : ', not signed'}.`,
    '',
    row('crate files', report.done, formatBytes(report.bytes)),
    row('index files', report.indexFiles),
    row('removed', report.indexFilesRemoved, 'index files'),
    row('removals', report.removals, 'crate files that are no longer mirrored'),
    ...(report.sidecars + report.sidecarsRemoved === 0
      ? []
      : [row('sidecars', report.sidecars, `and ${formatCount(report.sidecarsRemoved)} removed`)]),
    row('refused', report.refused, 'versions, by --deny, the selection or a removal from this mirror'),
    row('not held', report.notHeld, 'versions of the index; the next parcel has those that are held by then'),
  ];
  return `${[...lines, ...failureLines(report)].join('\n')}\n`;
}

function row(label: string, count: number, note = ''): string {
  return `  ${label.padEnd(14)}${formatCount(count).padStart(11)}${note === '' ? '' : `   ${note}`}`;
}

/** Summary of a pack run for machines: one JSON object. */
export function packJson(report: Report, { parcel, sequence, id, volumes, isSigned }: PackEnd): string {
  return `${JSON.stringify({
    parcel: parcel ?? null,
    sequence,
    id,
    volumes,
    signed: isSigned,
    crate_files: report.done,
    bytes: report.bytes,
    index_files: report.indexFiles,
    index_files_removed: report.indexFilesRemoved,
    not_held: report.notHeld,
    removals: report.removals,
    refused: report.refused,
    sidecars: report.sidecars,
    sidecars_removed: report.sidecarsRemoved,
    failed: report.failed,
    elapsed_ms: Math.round(report.elapsedMs),
    failures: report.firstFailures,
  })}\n`;
}
