import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';

/**
 * Lists the manifests that may contain the sizes of crate files: those of the bundles, if any, and
 * the mirror's own.
 *
 * @throws the system's error, or BundleError, when the folder of bundles cannot be read
 */
export async function recordFiles({
  manifest,
  bundle,
}: Pick<DownloaderOptions, 'manifest' | 'bundle'>): Promise<string[]> {
  const ofBundles = bundle === undefined ? [] : await manifestsOfBundles(bundle.directory);
  return [...ofBundles, manifest].filter(hasRecords);
}

/** Loaded on demand. */
async function manifestsOfBundles(directory: string): Promise<string[]> {
  const { readCatalog } = await import('@crates-mirror/bundle');
  return Array.from(readCatalog(directory).values(), ({ manifest }) => join(directory, manifest));
}

function hasRecords(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size > 0;
}
