import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import type { ReasonCode } from '@crates-mirror/removals';
import type { GoingFile } from '@crates-mirror/removals/going';
import type { RemovalPreview } from '../removal/preview.ts';

type Action = DownloaderOptions['removals']['action'];
type Row = (label: string, count: number, note: string) => string;

/** Limits the list for scripts. */
const MAX_LISTED = 1000;

const REASONS: readonly (readonly [reason: ReasonCode, words: string])[] = [
  ['denied', 'denied'],
  ['left_index', 'no longer in the index'],
  ['checksum_changed', 'published anew'],
  ['not_selected', 'not selected'],
];

/** Rows for the files that a run would remove. */
export function removalRows(preview: RemovalPreview | undefined, action: Action, row: Row): string[] {
  if (preview === undefined) return [];
  const { files, refusal } = preview;
  const refused = refusal === undefined ? '' : '; a run removes none: more than --max-removals allows';
  const one = (label: string, some: readonly GoingFile[]): string[] =>
    some.length === 0 ? [] : [row(label, some.length, `${noteOn(some)}${refused}`)];
  const loose = files.filter(({ bundle }) => bundle === null);
  const members = files.filter(({ bundle }) => bundle !== null);
  const label = action === 'delete' ? 'to delete' : 'to quarantine';
  return [...one(label, loose), ...one('to withdraw', members)];
}

function noteOn(files: readonly GoingFile[]): string {
  const counts = countsOf(files);
  const reasons = REASONS.filter(([reason]) => counts[reason] !== undefined)
    .map(([reason, words]) => `${formatCount(counts[reason] ?? 0)} ${words}`)
    .join(', ');
  return `${formatBytes(bytesOf(files))}: ${reasons}`;
}

/** For scripts; null if it was not determined. */
export function removalsJson(preview: RemovalPreview | undefined): object | null {
  if (preview === undefined) return null;
  const { files, refusal } = preview;
  return {
    count: files.length,
    bytes: bytesOf(files),
    reasons: countsOf(files),
    refusal: refusal ?? null,
    files: files.slice(0, MAX_LISTED).map(({ path, size, bundle, reason, why }) => ({
      path,
      bytes: size,
      storage: bundle === null ? 'filesystem' : 'bundle',
      reason,
      why,
    })),
  };
}

function countsOf(files: readonly GoingFile[]): Partial<Record<ReasonCode, number>> {
  const counts: Partial<Record<ReasonCode, number>> = {};
  for (const { reason } of files) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function bytesOf(files: readonly GoingFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
