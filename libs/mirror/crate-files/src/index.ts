export { type LostBundles, NOTHING_LOST } from './bundles/lost-bundles.ts';
export { MemberTable } from './bundles/member-table.ts';
export { CrateFiles, type CrateFilesOptions, type FilesState } from './crate-files.ts';
export type { Holding } from './holding.ts';
export type { OpenCrateFile } from './open-crate-file.ts';
export { type PathState, stateOfPath } from './path-state.ts';
export {
  describeDamage,
  describePlace,
  type LoosePlace,
  type OnDamage,
  type OnNote,
  type Place,
  type WantedFile,
} from './place.ts';
export { isAbsence, readError } from './read-error.ts';
export { Witness } from './witness.ts';
