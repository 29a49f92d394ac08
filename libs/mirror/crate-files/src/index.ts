export type { BundleBytes, BundleSource } from './bundles/bundle-source.ts';
export { type LostBundles, NOTHING_LOST } from './bundles/lost-bundles.ts';
export { MemberTable } from './bundles/member-table.ts';
export type { CrateCache } from './crate-cache.ts';
export { CrateFiles, type CrateFilesOptions, type FilesState } from './crate-files.ts';
export { ABSENT, type LookupResult } from './lookup-result.ts';
export type { LooseSource } from './loose-source.ts';
export type { OpenCrateFile } from './open-crate-file.ts';
export { OpenLooseFile } from './open-loose-file.ts';
export { type PathState, stateOfPath } from './path-state.ts';
export {
  describeDamage,
  describePlace,
  type LoosePlace,
  type OnDamage,
  type OnNote,
  type Place,
  type PlacedObject,
  type WantedFile,
} from './place.ts';
export { isAbsence, readError } from './read-error.ts';
export { Witness } from './witness.ts';
