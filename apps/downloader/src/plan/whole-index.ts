import type { DownloaderOptions } from '@crates-mirror/downloader-options';

/** Whether a run covers everything in the index that is selected. */
export function isWholeIndex({
  source,
  limit,
  shard,
}: Pick<DownloaderOptions, 'source' | 'limit' | 'shard'>): boolean {
  return shard === undefined && source.kind === 'index' && source.only === undefined && limit === 0;
}
