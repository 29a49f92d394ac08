export { AtomicFile, writeFileAtomic } from './atomic-file.ts';
export { ExactNames, type NamedFiles } from './exact-names.ts';
export { CANNOT_LINK, linkOrCopy } from './link-or-copy.ts';
export {
  acquireLock,
  hasEnded,
  isLock,
  type Lock,
  type LockHolder,
  lockHolder,
  thisProcess,
} from './lock.ts';
export { makeDirectories } from './make-directories.ts';
export { type Output, openOutput } from './open-output.ts';
export { rename } from './rename.ts';
export { flushDirectory, renameNew } from './rename-new.ts';
export { partialName, remainderOf, replaceFile } from './replace-file.ts';
export { removeTemporaries, temporaryName } from './temporary.ts';
