export { AtomicFile, writeFileAtomic } from './atomic-file.ts';
export { CANNOT_LINK, linkOrCopy } from './link-or-copy.ts';
export { acquireLock, isLock, type Lock, type LockHolder, lockHolder } from './lock.ts';
export { makeDirectories } from './make-directories.ts';
export { type Output, openOutput } from './open-output.ts';
export { flushDirectory, renameNew } from './rename-new.ts';
export { partialName, remainderOf, replaceFile } from './replace-file.ts';
export { removeTemporaries, temporaryName } from './temporary.ts';
