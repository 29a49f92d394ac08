import { oneLine } from '@crates-mirror/errors';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { type LeftOut, shownRule } from '../exclude/exclusions.ts';
import type { Compared } from './comparison.ts';
import type { Findings } from './findings.ts';

export interface VerifyEnd {
  readonly root: string;
  /** Whether content was read; otherwise a listing was compared. */
  readonly isRead: boolean;
  readonly findings: Findings;
  readonly compared: Compared;
  readonly leftOut: readonly LeftOut[];
  readonly interrupted: boolean;
  readonly elapsedMs: number;
}

/** Summary for people, printed after all differences. */
export function summaryText(end: VerifyEnd): string {
  return `${result(end)}\n${listingLine(end)}${leftOutLine(end.leftOut)}${skippedLine(end.compared)}${doubtfulLine(end.compared)}`;
}

function listingLine({ isRead }: VerifyEnd): string {
  return isRead
    ? ''
    : 'No content was read: the sizes and checksums that the store returns were compared. --read reads every byte.\n';
}

function result({ root, isRead, findings, compared, interrupted, elapsedMs }: VerifyEnd): string {
  const { files, bytes } = compared;
  const what = `${formatCount(files)} ${files === 1 ? 'file' : 'files'} (${formatBytes(bytes)}) in ${formatDuration(elapsedMs)}`;
  const counts = Object.entries(findings.counts)
    .filter(([, count]) => count > 0)
    .map(([difference, count]) => `${formatCount(count)} ${difference}`)
    .join(', ');
  if (interrupted) return `Interrupted after ${what}: ${counts === '' ? 'no difference so far' : counts}.`;
  if (counts === '') return `${root} is as the inventory says: ${what}.`;
  const read = isRead ? 'read' : 'listed';
  const isAllUnreadable = findings.total === findings.counts.unreadable;
  return isAllUnreadable
    ? `${root} could not be compared with the inventory as a whole: ${counts}; ${read} ${what}.`
    : `${root} differs from the inventory: ${counts}; ${read} ${what}.`;
}

/** An inventory is untrusted, so its exclusions must be visible. */
function leftOutLine(leftOut: readonly LeftOut[]): string {
  const rules = leftOut.filter(({ count }) => count > 0);
  if (rules.length === 0) return '';
  const shown = rules.map((rule) => `${shownRule(rule)} (${formatCount(rule.count)})`);
  return `Left out, as the inventory says: ${oneLine(shown.join('; '))}.\n`;
}

function skippedLine({ skipped }: Compared): string {
  return skipped === 0 ? '' : `Skipped, as the inventory says, and not compared: ${formatCount(skipped)}.\n`;
}

/**
 * An archive contains zeros for bytes that could not be read, and a copy of them matches the
 * inventory.
 */
function doubtfulLine({ doubtful }: Compared): string {
  return doubtful === 0
    ? ''
    : `Marked in the inventory as changed or not readable to the end when it was made: ${formatCount(doubtful)}.\n`;
}

/** Summary for machines: one JSON object. */
export function summaryJson({
  root,
  isRead,
  findings,
  compared,
  leftOut,
  interrupted,
  elapsedMs,
}: VerifyEnd): string {
  return `${JSON.stringify({
    dir: root,
    read: isRead,
    files: compared.files,
    bytes: compared.bytes,
    ...findings.counts,
    left_out: leftOut,
    skipped: compared.skipped,
    doubtful: compared.doubtful,
    elapsed_ms: Math.round(elapsedMs),
    interrupted,
  })}\n`;
}
