/** Reading bundles, and no more: the rest writes them. */
export { LONGEST_MEMBER_LINE, parseMember, readMembers } from './bundle-manifest.ts';
export { type CatalogEntry, readCatalog } from './catalog.ts';
export { FrameMap, type FrameSizes, type PlacedFrame } from './frame-map.ts';
export type { Member, PlacedMember } from './member.ts';
export { bundleId, bundleNumber, CATALOG_NAME, partialNames } from './names.ts';
export { PathSet } from './path-set.ts';
export { openSeekable, readSeekTable } from './seekable-file.ts';
export { type BadLine, BESIDE_BUNDLES, keepIn, linesOfUnknown, namedBeside } from './traces.ts';
export { walkFrames } from './walk-frames.ts';
export { decompressFrameAsync } from './zstd-frame.ts';
