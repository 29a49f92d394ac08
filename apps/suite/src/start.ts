import type { Word } from './words.ts';

/** The module that each word starts. The imported tool reads `process.argv`. */
export const START: Readonly<Record<Word['word'], () => Promise<unknown>>> = {
  index: () => import('@crates-mirror/index-cloner/tool'),
  download: () => import('@crates-mirror/downloader/tool'),
  sidecars: () => import('@crates-mirror/sidecar-generator/tool'),
  extract: () => import('@crates-mirror/bundle-extractor/tool'),
  serve: () => import('@crates-mirror/mirror-server/tool'),
  export: () => import('@crates-mirror/mirror-server/tool'),
  hash: () => import('@crates-mirror/archive-hasher/tool'),
  verify: () => import('@crates-mirror/archive-hasher/tool'),
  pack: () => import('@crates-mirror/mirror-carrier/tool'),
  'verify-parcels': () => import('@crates-mirror/mirror-carrier/tool'),
  unpack: () => import('@crates-mirror/mirror-carrier/tool'),
  'parcel-status': () => import('@crates-mirror/mirror-carrier/tool'),
  config: () => import('./config/tool.ts'),
  completion: () => import('./completion/tool.ts'),
};
