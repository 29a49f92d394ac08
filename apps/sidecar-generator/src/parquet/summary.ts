import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { RunEnd } from '../summary.ts';
import type { Tally } from '../tally.ts';
import type { DataSet } from './data-set.ts';

/** Summary of a data set run for people. */
export function dataSetText(tally: Tally, dataSet: DataSet, end: RunEnd): string {
  const { counts } = tally;
  const { written, unchanged, kept } = dataSet.partitions;
  const lines = [headline(tally, dataSet, end), ''];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(18)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  row('rows', counts.fresh + counts.changed + counts.unchanged);
  row('partitions written', written, written === 0 ? '' : formatBytes(counts.bytes));
  row('unchanged', unchanged);
  if (kept > 0) row('kept as they were', kept, 'see the warnings above');
  row('index lines', counts.lines);
  row('yanked', counts.yanked);
  if (counts.leftOut > 0) row('not selected', counts.leftOut);
  if (counts.duplicates > 0) row('duplicate lines', counts.duplicates, 'the last line for a version counts');
  if (tally.pruned > 0) row('pruned', tally.pruned, 'no selected version belongs in them');
  if (tally.problems > 0) row('unusable', tally.problems, 'see the warnings above');
  return `${lines.join('\n')}\n`;
}

function headline(tally: Tally, { place, partitions }: DataSet, end: RunEnd): string {
  const elapsed = formatDuration(tally.elapsedMs);
  const { written, unchanged, kept } = partitions;
  const all = written + unchanged + kept;
  if (end.fatal !== undefined || end.interrupted) {
    const how = end.interrupted ? 'Interrupted' : 'Stopped';
    return `${how} after ${elapsed}: ${formatPartitions(written)} written into ${place}; run again to go on.`;
  }
  if (all === 0) return `No rows: the index has no selected crate version (${elapsed}).`;
  if (written === 0)
    return `Nothing new in ${place}: ${formatPartitions(all)} stayed as they were (${elapsed}).`;
  return `Wrote ${formatCount(written)} of ${formatPartitions(all)} into ${place} in ${elapsed}.`;
}

/** Summary of a data set run for machines: one JSON object. */
export function dataSetJson(tally: Tally, dataSet: DataSet, end: RunEnd): string {
  const { counts } = tally;
  return `${JSON.stringify({
    lines: counts.lines,
    duplicates: counts.duplicates,
    yanked: counts.yanked,
    left_out: counts.leftOut,
    rows: counts.fresh + counts.changed + counts.unchanged,
    new: counts.fresh,
    changed: counts.changed,
    unchanged: counts.unchanged,
    partitions_written: dataSet.partitions.written,
    partitions_unchanged: dataSet.partitions.unchanged,
    partitions_kept: dataSet.partitions.kept,
    pruned: tally.pruned,
    problems: tally.problems,
    bytes: counts.bytes,
    elapsed_ms: Math.round(tally.elapsedMs),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    out: dataSet.place,
  })}\n`;
}

function formatPartitions(count: number): string {
  return count === 1 ? '1 partition' : `${formatCount(count)} partitions`;
}
