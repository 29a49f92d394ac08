/** Files that are written in one call, and no more: a thread that starts does not load the rest. */
export { isUnderWay, remainderOf, replaceFile, writeSmallFile } from './replace-file.ts';
export { isStagedRemainder, StagedDirectory } from './staged-directory.ts';
