import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { IndexPlan, openIndex } from '@crates-mirror/crates-index';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import { CRATES_IO_INDEX } from '../command/option-table.ts';
import type { ClonerOptions } from '../command/options.ts';
import type { Selection } from './selection.ts';
import { whyPartial } from './settings.ts';

/** Of 2026; `docs/operations.md` has more. */
const ALL_OF_CRATES_IO = 'All of crates.io is some two million crate files, more than 400 GB.';

/** What a person should know before a download: how much there is to look at, and the room for it. A line for each. */
export async function groundsFor(
  selection: Selection,
  options: ClonerOptions,
  signal: AbortSignal,
): Promise<string> {
  const isWhole = selection.kind === 'everything' && whyPartial(options.downloader.options) === undefined;
  const extent = isWhole ? await extentOf(options, signal) : [];
  return [...extent, ...placesOf(options).map(roomAt)].map((line) => `${line}\n`).join('');
}

/** Index files are counted in a second; crate files would take a look at each line, and at what is in place. */
async function extentOf({ indexDir, indexUrl }: ClonerOptions, signal: AbortSignal): Promise<string[]> {
  const source = await openIndex(indexDir);
  const plan = new IndexPlan({ source, includeYanked: false, limit: 0, onProblem: () => {} });
  await plan.countUnits(signal);
  signal.throwIfAborted();
  const crates = `Crates in the index: ${formatCount(plan.units ?? 0)}. What is in place is not downloaded again.`;
  return indexUrl === CRATES_IO_INDEX ? [crates, ALL_OF_CRATES_IO] : [crates];
}

/** Where crate files would go. */
function placesOf({ outputDir, downloader }: ClonerOptions): string[] {
  const { bundle } = downloader.options;
  if (bundle === undefined) return [outputDir];
  return bundle.mode === 'only' ? [bundle.directory] : [outputDir, bundle.directory];
}

function roomAt(place: string): string {
  let there = resolve(place);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return `Free at ${place}: ${formatBytes(bavail * bsize)}.`;
}
