export {
  type CrateChange,
  compareIndexFiles,
  type IndexChange,
  type VersionChange,
} from './compare-files.ts';
export { comparePaths, readCrateList } from './crate-list.ts';
export { type Entry, type ParsedEntry, parseEntry } from './entry.ts';
export { FileReader, MAX_INDEX_FILE } from './file-reader.ts';
export { indentObject } from './indent-object.ts';
export { type IndexFileContent, type IndexProblem, parseIndexFile } from './index-file.ts';
export { type IndexPiece, IndexPlan, type IndexPlanOptions } from './index-plan.ts';
export {
  indexPath,
  indexPrefix,
  indexShard,
  isCrateName,
  isCrateVersion,
  isRecordedVersion,
} from './names.ts';
export { RegularFile } from './regular-file.ts';
export { type CrateLines, type SelectEntries, selectEntries } from './select-entries.ts';
export { DirectorySource } from './source/directory-source.ts';
export type { IndexFileState, IndexLocation, IndexName, IndexSource } from './source/index-source.ts';
export { openIndex } from './source/open-index.ts';
export { openIndexAt } from './source/open-index-at.ts';
export { type IndexBatch, isIndexFilePath, walkIndex } from './walk.ts';
