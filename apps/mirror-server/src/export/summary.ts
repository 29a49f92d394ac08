import { CATALOG_NAME } from '@crates-mirror/bundle/reading';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { ExportOptions } from '../options.ts';
import { REASONS } from './missing-reasons.ts';
import type { Flawed, Tally } from './tally.ts';

export interface ExportEnd {
  readonly interrupted: boolean;
  /** Why the run ended early, in one line. */
  readonly fatal: string | undefined;
}

/** Summary of an export for people. */
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
  row('not in the mirror', tally.missing, missingNote(tally));
  if (tally.failed > 0) row('failed', tally.failed, 'left out of the index');
  if (tally.repaired > 0) row('repaired', tally.repaired, 'put back into the mirror from the site');
  if (tally.damaged.files > 0) row('damaged in the mirror', tally.damaged.files, flawNote(tally.damaged));
  if (tally.gone.files > 0) row('gone from the mirror', tally.gone.files, flawNote(tally.gone));
  if (tally.lost > 0) row('lost with bundles', tally.lost, lossNote(tally));
  if (tally.mayBeLost > 0) row('perhaps lost', tally.mayBeLost, unknownNote(tally));
  if (tally.withdrawn > 0) row('withdrawn', tally.withdrawn, withdrawnNote(tally, options));
  if (tally.denied + tally.deniedRemoved > 0) row('denied', tally.denied, deniedNote(tally));
  if (tally.orphans > 0) row('named by nothing', tally.orphans, orphanNote(tally, options));
  if (tally.problems > 0) row('problems', tally.problems, 'see the warnings above');
  return `${lines.join('\n')}\n`;
}

function missingNote({ missing, missingFor }: Tally): string {
  if (missing === 0) return '';
  const causes = [...REASONS].flatMap(([reason, text]) => {
    const count = missingFor.get(reason) ?? 0;
    const advice = reason === 'unknown' ? ' (--manifest shows which)' : '';
    return count === 0 ? [] : [`${formatCount(count)} ${text}${advice}`];
  });
  return `left out of the index: ${causes.join(', ')}; --log-level debug lists them`;
}

/** Number of names in a line. */
const MAX_NAMES = 3;

function list(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${formatCount(more)} more` : '');
}

function flawNote({ files, kept }: Flawed): string {
  const stay = `${formatCount(kept)} stay as the site has them, ${formatCount(files - kept)} left out of the index`;
  const anew = 'the next full run of the downloader fetches them anew';
  return `${stay}: ${kept > 0 ? `--repair puts those back into the mirror, or ${anew}` : anew}`;
}

function lossNote({ lost, kept, lostBundles }: Tally): string {
  const stay = `${formatCount(kept)} stay as the site has them, ${formatCount(lost - kept)} left out of the index`;
  return `${stay}: put back ${list(lostBundles.names)}, or mirror what was in there anew`;
}

function unknownNote({ lostBundles }: Tally): string {
  const names = list(lostBundles.unknown.map(({ name }) => name));
  return `no manifest lists what was in ${names}: once it is mirrored anew, remove the line from ${CATALOG_NAME}`;
}

function orphanNote(tally: Tally, { prune }: ExportOptions): string {
  if (tally.isPruned) return 'removed';
  if (tally.isSure) return 'crate files that --prune would remove';
  return `crate files; ${prune ? '--prune removed' : '--prune would remove'} none while ${doubtOf(tally)}`;
}

function doubtOf({ isLosing, isDamaged, repaired, unread }: Tally): string {
  if (isLosing) return 'bundles are lost';
  if (isDamaged) return 'crate files are damaged or gone';
  if (repaired > 0) return 'crate files are repaired: run again';
  return unread > 0 ? 'something cannot be read' : 'crate files cannot be put in place';
}

function withdrawnNote({ withdrawn, withdrawnRemoved }: Tally, { onRemoved }: ExportOptions): string {
  if (withdrawn === withdrawnRemoved) return 'have left the index: removed';
  if (onRemoved === 'keep')
    return 'have left the index, and are still served: leave out --on-removed keep to remove them';
  return `have left the index: ${formatCount(withdrawnRemoved)} removed, the others stay for now`;
}

function deniedNote({ deniedRemoved: removed }: Tally): string {
  const files = removed === 1 ? '1 crate file' : `${formatCount(removed)} crate files`;
  return `left out by --deny${removed === 0 ? '' : `, ${files} removed`}`;
}

function headline(tally: Tally, { out, publicUrl }: ExportOptions, end: ExportEnd): string {
  const elapsed = formatDuration(tally.elapsed);
  if (end.fatal !== undefined || end.interrupted) return endedEarly(tally, out, end);
  const changes = tally.placed + tally.indexFiles + tally.indexFilesRemoved + tally.deniedRemoved;
  const isChanged = tally.isConfigChanged || changes > 0;
  const state = isChanged ? 'is ready' : 'was up to date';
  return `${out} ${state} to be served at ${publicUrl}${reservation(tally)} (${elapsed}).`;
}

function endedEarly({ elapsed, indexFiles }: Tally, out: string, { interrupted }: ExportEnd): string {
  const how = interrupted ? 'Interrupted' : 'Stopped';
  const state = indexFiles > 0 ? 'changed in part' : 'as it was';
  return `${how} after ${formatDuration(elapsed)}: the index in ${out} is ${state}; run again to go on.`;
}

function reservation({ isLosing, isDamaged, unread, withdrawnRemoved }: Tally): string {
  if (isLosing) return ', but the mirror has lost bundles';
  if (isDamaged) return ', but the mirror has damaged crate files, or has lost some';
  if (unread === 0) return '';
  return `, but not all could be read: nothing ${withdrawnRemoved > 0 ? 'else ' : ''}is removed`;
}

/** Summary of an export for machines: one JSON object. */
export function summaryJson(tally: Tally, { out }: ExportOptions, end: ExportEnd): string {
  return `${JSON.stringify({
    crates: tally.crates,
    versions: tally.versions,
    bytes: tally.bytes,
    placed: tally.placed,
    unchanged: tally.unchanged,
    failed: tally.failed,
    missing: tally.missing,
    ...Object.fromEntries(
      [...REASONS.keys()].map((reason) => [`missing_${reason}`, tally.missingFor.get(reason) ?? 0]),
    ),
    damaged: tally.damaged.files,
    damaged_kept: tally.damaged.kept,
    gone: tally.gone.files,
    gone_kept: tally.gone.kept,
    repaired: tally.repaired,
    lost: tally.lost,
    kept: tally.kept,
    lost_bundles: tally.lostBundles.names,
    bytes_written: tally.bytesWritten,
    index_files: tally.indexFiles,
    index_files_removed: tally.indexFilesRemoved,
    withdrawn: tally.withdrawn,
    withdrawn_removed: tally.withdrawnRemoved,
    denied: tally.denied,
    denied_removed: tally.deniedRemoved,
    orphans: tally.orphans,
    problems: tally.problems,
    elapsed_ms: Math.round(tally.elapsed),
    interrupted: end.interrupted,
    fatal: end.fatal ?? null,
    out,
  })}\n`;
}
