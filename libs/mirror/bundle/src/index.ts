export { BundleFolder, type BundleFolderOptions } from './folder/bundle-folder.ts';
export { type Note, type PresentBundles, presentBundles } from './folder/bundle-inventory.ts';
export { BundlePresence } from './folder/bundle-presence.ts';
export { BundleWriter, type BundleWriterOptions, type FileGroup } from './folder/bundle-writer.ts';
export { type HeldMember, heldMembers, MemberLedger } from './folder/member-ledger.ts';
export { BundleError } from './format/bundle-error.ts';
export { parseMember, readMembers } from './format/bundle-manifest.ts';
export {
  appendToCatalog,
  type CatalogEntry,
  encodeEntry,
  type NewCatalogEntry,
  parseEntry,
  readCatalog,
} from './format/catalog.ts';
export type { Member } from './format/member.ts';
export { bundleNumber, CATALOG_NAME } from './format/names.ts';
export { openSeekable } from './read/seekable-file.ts';
export { readTar, type TarEntry } from './read/tar-reader.ts';
export { type BuiltFrame, FrameBuilder } from './write/frame-builder.ts';
