import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { IndexPlan, openIndex } from '@crates-mirror/crates-index';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import { CRATES_IO_INDEX } from '../command/option-table.ts';
import type { ClonerOptions } from '../command/options.ts';
import type { Selection } from './selection.ts';
import { whyPartial } from './settings.ts';

/** As of 2026; see `docs/operations.md`. */
const ALL_OF_CRATES_IO = 'All of crates.io is some two million crate files, more than 400 GB.';

/**
 * What the user should know before confirming a download: how much there is to check, and the disk
 * space it needs. One entry per line.
 */
export async function groundsFor(
  selection: Selection,
  options: ClonerOptions,
  signal: AbortSignal,
): Promise<string> {
  const isWhole = selection.kind === 'everything' && whyPartial(options.downloader.options) === undefined;
  const extent = isWhole ? await extentOf(options, signal) : [];
  return [...extent, ...placesOf(options).map(roomAt)].map((line) => `${line}\n`).join('');
}

/**
 * Counting index files takes a second. Counting crate files would require parsing each line and
 * checking the files in place.
 */
async function extentOf({ indexDir, indexUrl }: ClonerOptions, signal: AbortSignal): Promise<string[]> {
  const source = await openIndex(indexDir);
  const plan = new IndexPlan({ source, includeYanked: false, limit: 0, onProblem: () => {} });
  await plan.countUnits(signal);
  signal.throwIfAborted();
  const crates = `Crates in the index: ${formatCount(plan.units ?? 0)}. Files in place are not downloaded again.`;
  return indexUrl === CRATES_IO_INDEX ? [crates, ALL_OF_CRATES_IO] : [crates];
}

/** Where crate files would be stored. */
function placesOf({ outputDir, downloader }: ClonerOptions): string[] {
  const { bundle, bucket } = downloader.options;
  if (bucket !== undefined) return [];
  if (bundle === undefined) return [outputDir];
  return bundle.mode === 'only' ? [bundle.directory] : [outputDir, bundle.directory];
}

function roomAt(place: string): string {
  let there = resolve(place);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return `Free at ${place}: ${formatBytes(bavail * bsize)}.`;
}
