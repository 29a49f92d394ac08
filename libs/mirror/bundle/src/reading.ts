/** The part of the package that reads bundles, without the code that writes them. */

export type { FrameSizes } from '@crates-mirror/zstd/seek-table';
export { type BadLine, BESIDE_BUNDLES, keepIn, linesOfUnknown, namedBeside } from './folder/orphans.ts';
export { MAX_MEMBER_LINE, parseMember, readMembers } from './format/bundle-manifest.ts';
export { type CatalogEntry, readCatalog } from './format/catalog.ts';
export { FrameMap, type PlacedFrame } from './format/frame-map.ts';
export type { Member, PlacedMember } from './format/member.ts';
export { bundleId, bundleNumber, CATALOG_NAME, partialNames } from './format/names.ts';
export { PathSet } from './format/path-set.ts';
export { decompressFrameAsync } from './format/zstd-frame.ts';
export { openSeekable, readSeekTable } from './read/seekable-file.ts';
export { walkFrames } from './read/walk-frames.ts';
