import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { isPlain } from '@crates-mirror/selection/options';
import { formatSidecars } from './format-sidecars.ts';
import { processed } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import type { Tally } from './tally.ts';

export interface RunEnd {
  readonly interrupted: boolean;
  /** Why the run ended early, in one line. */
  readonly fatal: string | undefined;
  /**
   * Bytes that stdout accepted before the reader closed it; undefined if it was open to the end.
   */
  readonly taken: number | undefined;
}

/** Summary of a run for people. */
export function summaryText(tally: Tally, options: SidecarOptions, end: RunEnd): string {
  const { counts } = tally;
  const lines = [headline(tally, options, end), ''];
  const row = (label: string, value: number, note = ''): void => {
    lines.push(`  ${label.padEnd(18)}${formatCount(value).padStart(11)}${note === '' ? '' : `   ${note}`}`);
  };
  if (options.out === undefined)
    row(end.taken === undefined ? 'lines written' : 'lines made', counts.fresh, rateNote(tally));
  else {
    // The rate covers new and changed sidecars together.
    row('new', counts.fresh, counts.fresh === 0 ? '' : rateNote(tally));
    row('changed', counts.changed, counts.fresh > 0 || counts.changed === 0 ? '' : rateNote(tally));
    row('unchanged', counts.unchanged);
  }
  row('index lines', counts.lines);
  row('yanked', counts.yanked);
  if (counts.leftOut > 0) row('not selected', counts.leftOut);
  if (counts.duplicates > 0) row('duplicate lines', counts.duplicates, 'the last line for a version counts');
  if (options.prune)
    row('pruned', tally.pruned, `no ${wanted(options)} of the index stands for them any more`);
  if (tally.problems > 0) row('unusable', tally.problems, 'see the warnings above');
  return `${lines.join('\n')}\n`;
}

function headline(tally: Tally, options: SidecarOptions, end: RunEnd): string {
  const { counts } = tally;
  const elapsed = formatDuration(tally.elapsedMs);
  const written = counts.fresh + counts.changed;
  const place = placeOf(options);
  if (end.fatal !== undefined || end.interrupted) {
    const how = end.interrupted ? 'Interrupted' : 'Stopped';
    return options.out === undefined
      ? `${how} after ${elapsed}: nothing is in ${place}; run again for all of it.`
      : `${how} after ${elapsed}: ${formatSidecars(written)} ${was(written)} written into ${place}; run again to go on.`;
  }
  if (end.taken !== undefined)
    return `Stopped after ${elapsed}: stdout took ${formatBytes(end.taken)} of sidecars, and no more.`;
  const all = processed(counts) - counts.leftOut;
  if (written > 0)
    return `Wrote ${formatCount(written)} of ${formatSidecars(all)} into ${place} in ${elapsed}.`;
  return nothingWritten(all, tally, options, elapsed);
}

/** What a sidecar stands for. */
function wanted({ rules }: SidecarOptions): string {
  return isPlain(rules) ? 'line' : 'selected line';
}

function nothingWritten(
  all: number,
  { counts, problems }: Tally,
  options: SidecarOptions,
  elapsed: string,
): string {
  const usable = problems > 0 ? ' that can be used' : '';
  if (all === 0 && !isPlain(options.rules))
    return `No sidecars: no crate version of the index${usable} is selected.`;
  if (counts.lines === 0) return `No sidecars: the index names no crate version${usable}.`;
  const where = `in ${placeOf(options)}`;
  if (problems > 0)
    return `Nothing new ${where}: ${formatSidecars(all)} ${is(all)} up to date; the warnings above name the rest (${elapsed}).`;
  if (all === 0) return 'No sidecars: every crate version of the index is yanked.';
  const which = all === 1 ? 'The one sidecar' : `All ${formatSidecars(all)}`;
  return `${which} ${where} ${is(all)} up to date (${elapsed}).`;
}

function placeOf({ out, jsonlOut }: SidecarOptions): string | undefined {
  return out ?? (jsonlOut === '-' ? 'stdout' : jsonlOut);
}

function is(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function was(count: number): string {
  return count === 1 ? 'was' : 'were';
}

function rateNote({ counts, elapsedMs }: Tally): string {
  const seconds = elapsedMs / 1000;
  const written = counts.fresh + counts.changed;
  return `${formatBytes(counts.bytes)}, ${formatCount(written / seconds)} sidecars/s, ${formatBytes(counts.bytes / seconds)}/s`;
}

/** Summary of a run for machines: one JSON object. */
export function summaryJson(tally: Tally, options: SidecarOptions, end: RunEnd): string {
  const { counts } = tally;
  return `${JSON.stringify({
    lines: counts.lines,
    duplicates: counts.duplicates,
    yanked: counts.yanked,
    left_out: counts.leftOut,
    new: counts.fresh,
    changed: counts.changed,
    unchanged: counts.unchanged,
    pruned: tally.pruned,
    problems: tally.problems,
    bytes: counts.bytes,
    elapsed_ms: Math.round(tally.elapsedMs),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    stdout_taken: end.taken ?? null,
    out: options.out ?? options.jsonlOut,
  })}\n`;
}
