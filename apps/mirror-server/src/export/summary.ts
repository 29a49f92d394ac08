import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { ExportOptions } from '../options.ts';
import type { Tally } from './tally.ts';

export interface ExportEnd {
  readonly interrupted: boolean;
  /** What ended the run early, in one line. */
  readonly fatal: string | undefined;
}

/** What a person reads when an export is over. */
export function summaryText(tally: Tally, options: ExportOptions, end: ExportEnd): string {
  const lines = [headline(tally, options, end), ''];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(22)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  row('crates', tally.crates);
  row('crate files', tally.versions, formatBytes(tally.bytes));
  row('new or changed', tally.placed, tally.placed === 0 ? '' : `${formatBytes(tally.bytesWritten)} written`);
  row('index files changed', tally.indexFiles);
  row('index files removed', tally.indexFilesRemoved);
  row('not in the mirror', tally.missing, 'left out of the index');
  if (tally.orphans > 0)
    row(
      'named by nothing',
      tally.orphans,
      options.prune ? 'removed' : 'crate files that --prune would remove',
    );
  if (tally.problems > 0) row('problems', tally.problems, 'see the warnings above');
  return `${lines.join('\n')}\n`;
}

function headline(tally: Tally, { out, publicUrl }: ExportOptions, end: ExportEnd): string {
  const elapsed = formatDuration(tally.elapsed);
  if (end.fatal !== undefined || end.interrupted)
    return `${end.interrupted ? 'Interrupted' : 'Stopped'} after ${elapsed}: the index in ${out} is as it was; run again to go on.`;
  const state =
    tally.placed + tally.indexFiles + tally.indexFilesRemoved === 0 ? 'was up to date' : 'is ready';
  return `${out} ${state} to be served at ${publicUrl} (${elapsed}).`;
}

/** The same for machines: one JSON object. */
export function summaryJson(tally: Tally, { out }: ExportOptions, end: ExportEnd): string {
  return `${JSON.stringify({
    crates: tally.crates,
    versions: tally.versions,
    bytes: tally.bytes,
    placed: tally.placed,
    unchanged: tally.unchanged,
    failed: tally.failed,
    missing: tally.missing,
    bytes_written: tally.bytesWritten,
    index_files: tally.indexFiles,
    index_files_removed: tally.indexFilesRemoved,
    orphans: tally.orphans,
    problems: tally.problems,
    elapsed_ms: Math.round(tally.elapsed),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    out,
  })}\n`;
}
