import { formatCount, formatDuration } from '@crates-mirror/progress';
import type { Report } from '../report.ts';
import type { Received } from '../state/received.ts';

export interface UnpackEnd {
  readonly received: Received | undefined;
  /** Number of parcels unpacked in this run. */
  readonly parcels: number;
  /** Path of the receipt. */
  readonly receiptFile: string | undefined;
}

/** Summary of an unpack run for people. */
export function unpackText(report: Report, { received, parcels, receiptFile }: UnpackEnd): string {
  const elapsed = formatDuration(report.elapsedMs);
  const sequence = received?.receipt.sequence ?? 0;
  const receipt = receiptFile === undefined ? '' : ` The receipt is ${receiptFile}.`;
  if (parcels === 0)
    return `The mirror has parcel ${sequence} already (${elapsed}): nothing to do.${receipt}\n`;
  const lines = [
    `Unpacked ${formatCount(parcels)} ${parcels === 1 ? 'parcel' : 'parcels'} in ${elapsed}: the mirror is at parcel ${sequence}.${receipt}`,
    '',
    row(
      'crate files',
      report.done,
      report.existing === 0 ? '' : `${formatCount(report.existing)} were there`,
    ),
    row('index files', report.indexFiles),
    row('removed', report.indexFilesRemoved, 'index files'),
    row('removals', report.removals, 'crate files that the sender no longer mirrors'),
    ...(report.sidecars + report.sidecarsRemoved === 0
      ? []
      : [row('sidecars', report.sidecars, `and ${formatCount(report.sidecarsRemoved)} removed`)]),
    row('not held', report.notHeld, 'versions of the index that the sender does not hold'),
  ];
  return `${lines.join('\n')}\n`;
}

function row(label: string, count: number, note = ''): string {
  return `  ${label.padEnd(14)}${formatCount(count).padStart(11)}${note === '' ? '' : `   ${note}`}`;
}

/** Summary of an unpack run for machines: one JSON object. */
export function unpackJson(report: Report, { received, parcels, receiptFile }: UnpackEnd): string {
  return `${JSON.stringify({
    parcels,
    sequence: received?.receipt.sequence ?? 0,
    parcel: received?.receipt.parcel ?? null,
    receipt: receiptFile ?? null,
    crate_files: report.done,
    existing: report.existing,
    index_files: report.indexFiles,
    index_files_removed: report.indexFilesRemoved,
    not_held: report.notHeld,
    removals: report.removals,
    sidecars: report.sidecars,
    sidecars_removed: report.sidecarsRemoved,
    elapsed_ms: Math.round(report.elapsedMs),
  })}\n`;
}
