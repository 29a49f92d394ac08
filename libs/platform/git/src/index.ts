export { isSameAddress, parseAddress } from './address.ts';
export { takeAsItIs } from './attributes.ts';
export { type CloneOptions, cloneOnly } from './clone.ts';
export { GitError, type GitFailure } from './git-error.ts';
export { headCommit } from './head-commit.ts';
export { type GitProcess, gitsIn, lockFiles, orphanedGits, removeLeftovers } from './leftovers.ts';
export { ObjectReader } from './object-reader.ts';
export {
  FETCHED,
  fetchHead,
  isShallow,
  type RemoteHead,
  remoteAddress,
  remoteHead,
} from './remote.ts';
export { type GitOptions, git } from './run-git.ts';
export { type Commit, diffTrees, type FileChange, hasObject, readCommit } from './trees.ts';
export { keepCommit, packIfDue, packWithoutDeltas, releaseCommit } from './upkeep.ts';
export { checkGit, OLDEST_GIT } from './version.ts';
export { type Deviation, deviations, differingFrom, lookAtAll, moveHead, resetTo } from './working-tree.ts';
