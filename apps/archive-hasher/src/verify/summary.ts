import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import type { Compared } from './comparison.ts';
import type { Findings } from './findings.ts';

export interface VerifyEnd {
  readonly root: string;
  readonly findings: Findings;
  readonly compared: Compared;
  readonly interrupted: boolean;
  readonly elapsedMs: number;
}

/** What a person reads when all differences have been printed. */
export function summaryText({ root, findings, compared, interrupted, elapsedMs }: VerifyEnd): string {
  const { files, bytes } = compared;
  const what = `${formatCount(files)} ${files === 1 ? 'file' : 'files'} (${formatBytes(bytes)}) in ${formatDuration(elapsedMs)}`;
  const counts = Object.entries(findings.counts)
    .filter(([, count]) => count > 0)
    .map(([difference, count]) => `${formatCount(count)} ${difference}`)
    .join(', ');
  if (interrupted) return `Interrupted after ${what}: ${counts === '' ? 'no difference so far' : counts}.\n`;
  return counts === ''
    ? `${root} is as the inventory says: ${what}.\n`
    : `${root} differs from the inventory: ${counts}; read ${what}.\n`;
}

/** The same for machines: one JSON object. */
export function summaryJson({ root, findings, compared, interrupted, elapsedMs }: VerifyEnd): string {
  return `${JSON.stringify({
    dir: root,
    files: compared.files,
    bytes: compared.bytes,
    ...findings.counts,
    elapsed_ms: Math.round(elapsedMs),
    interrupted,
  })}\n`;
}
