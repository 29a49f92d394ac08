/** Only what reading index files needs, so that a starting thread does not load the rest. */
export type { Entry } from './entry.ts';
export { FileReader } from './file-reader.ts';
export { indentObject } from './indent-object.ts';
export { parseIndexFile } from './index-file.ts';
export { RegularFile } from './regular-file.ts';
export { type CrateLines, type SelectEntries, selectEntries } from './select-entries.ts';
