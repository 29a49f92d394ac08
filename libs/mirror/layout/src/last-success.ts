import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { mirrorHome } from './mirror-home.ts';

const FORMAT_VERSION = 1;

/** Records that a run over the mirror at `root` has just ended with exit code 0. */
export function rememberSuccess(root: string): void {
  const { lastSuccessFile, temporaryDirectory } = mirrorHome(root);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, finished_at: new Date().toISOString() });
  try {
    writeFileAtomic(lastSuccessFile, `${text}\n`, { temporaryDirectory });
  } catch {
    // The run has done its work. If the disk is full, the next run reports it.
  }
}

/** When the last successful run ended, in s since the epoch; undefined if unknown. */
export function readLastSuccess(root: string): number | undefined {
  try {
    const value = JSON.parse(readFileSync(mirrorHome(root).lastSuccessFile, 'utf8')) as {
      finished_at?: unknown;
    } | null;
    const ms = Date.parse(String(value?.finished_at));
    return Number.isNaN(ms) ? undefined : ms / 1000;
  } catch {
    // The value is only displayed, and the next run writes it again.
    return undefined;
  }
}
