import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { ExtractorOptions } from './options.ts';
import type { Report } from './report.ts';

export interface RunEnd {
  readonly interrupted: boolean;
  /** The error that ended the run early, in one line. */
  readonly fatal: string | undefined;
  /** The number of bundles read. */
  readonly bundles: number;
}

/** The summary of a run, for people. */
export function summaryText(report: Report, options: ExtractorOptions, end: RunEnd): string {
  const isVerifying = options.action === 'verify';
  const lines = [headline(report, options, end), ''];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(18)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  if (options.action !== 'list') {
    row(isVerifying ? 'verified' : 'extracted', report.done, report.done === 0 ? '' : rateNote(report));
    if (!isVerifying) row('already in place', report.existing);
    if (report.superseded > 0) row('superseded', report.superseded, 'a newer bundle has a file of that name');
  }
  if (report.withdrawn > 0)
    row('withdrawn', report.withdrawn, 'left in their bundles: the downloader’s --restore');
  row('failed', report.failed);
  if (report.firstFailures.length > 0) lines.push('', ...failureLines(report));
  return `${lines.join('\n')}\n`;
}

function headline(report: Report, { action, out, crate }: ExtractorOptions, end: RunEnd): string {
  const elapsed = formatDuration(report.elapsedMs);
  const what = files(report.done);
  if (end.fatal !== undefined || end.interrupted) {
    const how = end.interrupted ? 'Interrupted' : 'Stopped';
    // Verification results are not stored.
    return action === 'verify'
      ? `${how} after ${elapsed}: ${what} verified so far; the next run begins anew.`
      : `${how} after ${elapsed}: ${what} extracted; run again to go on.`;
  }
  const from = `${formatCount(end.bundles)} ${end.bundles === 1 ? 'bundle' : 'bundles'}`;
  if (report.processed === 0 && crate !== undefined) {
    const version = crate.version === undefined ? '' : ` ${crate.version}`;
    return `There is no ${crate.name}${version} in ${from}.`;
  }
  if (action === 'list') return `Some of ${from} could not be listed.`;
  if (action === 'verify' && report.processed > 0) {
    return report.failed === 0
      ? `Verified all of ${from}, ${what}, in ${elapsed}.`
      : `Verified ${what} of ${from} in ${elapsed}; not all is well.`;
  }
  if (report.processed === 0) return `There is no crate file in ${from}.`;
  if (report.done === 0 && report.failed === 0)
    return `All ${files(report.existing)} are in place in ${out} (${elapsed}).`;
  return `Extracted ${what} from ${from} into ${out} in ${elapsed}.`;
}

function files(count: number): string {
  return `${formatCount(count)} crate ${count === 1 ? 'file' : 'files'}`;
}

function rateNote({ done, bytes, elapsedMs }: Report): string {
  const seconds = elapsedMs / 1000;
  return `${formatBytes(bytes)}, ${formatCount(done / seconds)} files/s, ${formatBytes(bytes / seconds)}/s`;
}

function failureLines({ firstFailures, failed }: Report): string[] {
  const shown = firstFailures.map(({ where, message }) => `  ${where}\n      ${message}`);
  const hidden = failed - firstFailures.length;
  const more = `  and ${formatCount(hidden)} more: --log-level debug shows them all`;
  return ['First failures:', ...shown, ...(hidden > 0 ? [more] : [])];
}

/** The summary for machines: one JSON object. */
export function summaryJson(report: Report, options: ExtractorOptions, end: RunEnd): string {
  return `${JSON.stringify({
    action: options.action,
    bundles: end.bundles,
    [options.action === 'verify' ? 'verified' : 'extracted']: report.done,
    existing: report.existing,
    superseded: report.superseded,
    withdrawn: report.withdrawn,
    failed: report.failed,
    bytes: report.bytes,
    elapsed_ms: Math.round(report.elapsedMs),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    failures: report.firstFailures,
  })}\n`;
}
