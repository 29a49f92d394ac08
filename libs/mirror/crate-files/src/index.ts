export { MemberTable } from './bundles/member-table.ts';
export { CrateFiles, type CrateFilesOptions, type FilesState, type OpenCrateFile } from './crate-files.ts';
export { type PathState, stateOfPath } from './path-state.ts';
export type { OnNote, Place, WantedFile } from './place.ts';
