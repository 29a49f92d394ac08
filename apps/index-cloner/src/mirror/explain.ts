import { createLogger, StatusLine } from '@crates-mirror/logging';
import type { ClonerOptions } from '../command/options.ts';
import { findDownloader, runDownloader } from './downloader-process.ts';

/** Has the downloader explain its selection, by the index as it is. @returns the exit code */
export function explainSelection({ downloader }: ClonerOptions): Promise<number> {
  const { args, extra, options } = downloader;
  const { logFormat: format, logLevel: level } = options;
  const logger = createLogger({ tool: 'index-cloner', format, level, output: new StatusLine() });
  const own = downloader.path === undefined ? extra : [];
  return runDownloader(findDownloader(undefined), [...args, ...own], logger);
}
