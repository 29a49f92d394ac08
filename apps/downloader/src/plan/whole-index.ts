import type { DownloaderOptions } from '@crates-mirror/downloader-options';

/** Whether a run looks at all that is selected of an index. */
export function isWholeIndex({ source, limit }: Pick<DownloaderOptions, 'source' | 'limit'>): boolean {
  return source.kind === 'index' && source.only === undefined && limit === 0;
}
