export { mirrorName } from './bucket-place.ts';
export { DOWNLOADER_COMMAND, parseDownloaderOptions } from './command-line.ts';
export { DEFAULT_CONNECTIONS, DOWNLOADER_OPTIONS } from './option-table.ts';
export type {
  BundleMode,
  BundleOptions,
  DownloaderOptions,
  RemovalOptions,
  Source,
} from './options.ts';
export { TOOL } from './user-agent.ts';
