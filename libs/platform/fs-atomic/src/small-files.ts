/**
 * Only the functions to write small files in one call, so that a starting thread does not load the
 * rest.
 */
export { isUnderWay, remainderOf, replaceFile, writeSmallFile } from './replace-file.ts';
export { isStagedRemainder, StagedDirectory } from './staged-directory.ts';
