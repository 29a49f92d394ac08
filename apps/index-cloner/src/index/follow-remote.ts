import { shellWord } from '@crates-mirror/cli/shell-word';
import { redactCredentials, UsageError } from '@crates-mirror/errors';
import {
  FETCHED,
  fetchHead,
  type GitOptions,
  isSameAddress,
  isShallow,
  lookAtAll,
  moveHead,
  type RemoteHead,
  readCommit,
  remoteAddress,
  remoteHead,
  resetTo,
  takeAsItIs,
} from '@crates-mirror/git';
import type { ClonerOptions } from '../command/options.ts';
import { type CurrentIndex, gitOptions, IDLE_MS, type UpdateDeps } from './current-index.ts';
import { awaitRepository } from './index-directory.ts';
import { allDeviations, ownChanges, removeForeign, reportRepairs } from './repairs.ts';
import { retrying } from './retrying.ts';

/** Updates a clone to its remote. @throws GitError or UsageError */
export async function followRemote(options: ClonerOptions, deps: UpdateDeps): Promise<CurrentIndex> {
  const { indexDir } = options;
  const { git, wasShallow } = await openClone(options, deps, false);
  // The clone may have been made manually.
  await takeAsItIs(git);
  const before = await readCommit('HEAD', git);
  // These run while waiting for the network.
  const [head, found] = await Promise.all([
    headOfRemote(git, deps),
    before === undefined ? [] : lookAtAll(git).then(() => allDeviations(git)),
  ]);
  await fetchNews(head, wasShallow, git, options, deps);
  const repaired = await ownChanges(found, git);
  const fetched = await readCommit(FETCHED, git);
  if (found.length > 0 || fetched === undefined || fetched.id !== before?.id)
    await resetTo(FETCHED, head.branch, git);
  const foreign = found.some(({ kind }) => kind === 'untracked') ? await removeForeign(indexDir, git) : [];
  reportRepairs([...repaired, ...foreign], indexDir, deps.logger);
  const commit = await readCommit('HEAD', git);
  return { commit, before, repaired: new Set(repaired.map(({ path }) => path)), hasFiles: true };
}

/** The same for a bare repository, which has no files to repair. @throws GitError or UsageError */
export async function followBare(options: ClonerOptions, deps: UpdateDeps): Promise<CurrentIndex> {
  const { git, wasShallow } = await openClone(options, deps, true);
  const before = await readCommit('HEAD', git);
  const head = await headOfRemote(git, deps);
  await fetchNews(head, wasShallow, git, options, deps);
  const fetched = await readCommit(FETCHED, git);
  if (fetched === undefined || fetched.id !== before?.id) await moveHead(FETCHED, head.branch, git);
  const commit = await readCommit('HEAD', git);
  return { commit, before, repaired: new Set(), hasFiles: false };
}

interface OpenClone {
  readonly git: GitOptions;
  readonly wasShallow: boolean;
}

async function openClone(options: ClonerOptions, deps: UpdateDeps, isBare: boolean): Promise<OpenClone> {
  const git = gitOptions(options.indexDir, deps);
  await awaitRepository(options.indexDir, isBare, deps.logger, deps.signal);
  // This is the first command to fail if git cannot work there at all.
  const wasShallow = await isShallow(git);
  await checkRemote(options, git);
  return { git, wasShallow };
}

function headOfRemote(git: GitOptions, deps: UpdateDeps): Promise<RemoteHead> {
  return retrying(deps, () => remoteHead('origin', { ...git, idleMs: IDLE_MS }));
}

async function fetchNews(
  head: RemoteHead,
  wasShallow: boolean,
  git: GitOptions,
  { isFullHistory, indexUrl }: ClonerOptions,
  deps: UpdateDeps,
): Promise<void> {
  if (!(await isNews(head, isFullHistory && wasShallow, git))) return;
  deps.logger.info(`fetching ${head.commit.slice(0, 12)} from ${redactCredentials(indexUrl)}`);
  const fetch = { ...git, idleMs: IDLE_MS, isFull: isFullHistory || !wasShallow };
  await retrying(deps, () => fetchHead(head, fetch));
}

/**
 * Whether a fetch is needed. Compares with the last fetched commit only: after a squash, a commit
 * that the clone already has may become the remote's HEAD again.
 */
async function isNews(head: RemoteHead, wantsHistory: boolean, git: GitOptions): Promise<boolean> {
  if (wantsHistory) return true;
  return (await readCommit(FETCHED, git))?.id !== head.commit;
}

/** @throws UsageError when the repository follows another remote */
export async function checkRemote({ indexDir, indexUrl }: ClonerOptions, git: GitOptions): Promise<void> {
  const address = await remoteAddress(git);
  if (address !== undefined && isSameAddress(address, indexUrl)) return;
  const shown = redactCredentials(address ?? '');
  if (isSameAddress(shown, redactCredentials(indexUrl)))
    throw new UsageError(`--index-dir: ${indexDir} is a clone of ${shown} with other credentials`, {
      hint: `Tell it the new address: git -C ${shellWord(indexDir)} remote set-url origin URL`,
    });
  const what = address === undefined ? 'a repository without a remote' : `a clone of ${shown}`;
  throw new UsageError(`--index-dir: ${indexDir} is ${what}, not of ${indexUrl}`, {
    hint:
      address === undefined ? 'Name another directory' : `Give --index-url ${shown}, or another --index-dir`,
  });
}
