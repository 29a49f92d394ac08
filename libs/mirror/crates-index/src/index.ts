export { type Entry, parseEntry } from './entry.ts';
export { type IndexFileContent, type IndexProblem, parseIndexFile } from './index-file.ts';
export { indexPath, indexPrefix, indexShard, isCrateName, isCrateVersion } from './names.ts';
export { type IndexBatch, openIndex, walkIndex } from './walk.ts';
