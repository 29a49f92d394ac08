import { rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isIndexFilePath, openIndex } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import {
  type Commit,
  cloneBare,
  type Deviation,
  deviations,
  differingFrom,
  FETCHED,
  fetchHead,
  type GitOptions,
  isSameAddress,
  isShallow,
  type RemoteHead,
  readCommit,
  remoteAddress,
  remoteHead,
  resetTo,
} from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import {
  endOrphans,
  partialOf,
  placeClone,
  realPath,
  removePartials,
  settleRepository,
  stateOfDirectory,
} from './index-directory.ts';
import type { ClonerOptions } from './options.ts';
import { type Retrying, retrying } from './retrying.ts';

/** git is given up when it has written nothing for so long. ms */
const IDLE_MS = 5 * 60_000;
const MOST_SHOWN = 5;

/** The index as a run finds it, or has made it. */
export interface CurrentIndex {
  /** undefined where it is no git repository that can be read */
  readonly commit: Commit | undefined;
  /** What it was before this run; undefined for a new clone. */
  readonly before: Commit | undefined;
  /** Index files whose content in the working tree was not that of `before`: who knows what was mirrored by them. */
  readonly repaired: ReadonlySet<string>;
}

export interface UpdateParts extends Retrying {
  readonly logger: Logger;
  readonly onProgress: (line: string) => void;
}

/** Clones the index, or makes it what the remote has. The caller holds its lock. @throws GitError or UsageError */
export async function updateIndex(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const isThere = stateOfDirectory(options.indexDir) === 'repository';
  await endOrphans(options.indexDir, parts.logger);
  removePartials(options.indexDir);
  return isThere ? followRemote(options, parts) : cloneIndex(options, parts);
}

async function cloneIndex(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const { indexDir, indexUrl, isFullHistory } = options;
  const partial = partialOf(indexDir);
  const git = { ...gitOptions(indexDir, parts), directory: partial };
  parts.logger.info(`cloning ${indexUrl} into ${indexDir}`);
  try {
    await retrying(parts, async () => {
      rmSync(partial, { recursive: true, force: true });
      await cloneBare(indexUrl, partial, isFullHistory, { ...git, idleMs: IDLE_MS });
    });
    await resetTo('HEAD', undefined, git);
    checkIsIndex(partial, indexUrl);
    placeClone(partial, indexDir);
  } finally {
    rmSync(partial, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  const commit = await readCommit('HEAD', gitOptions(indexDir, parts));
  return { commit, before: undefined, repaired: new Set() };
}

function checkIsIndex(directory: string, indexUrl: string): void {
  try {
    openIndex(directory);
  } catch {
    throw new UsageError(`--index-url: ${indexUrl} has no index: no config.json, or no crates`, {
      hint: 'Name a repository like https://github.com/rust-lang/crates.io-index',
    });
  }
}

async function followRemote(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const { indexDir, isFullHistory } = options;
  const { logger, signal } = parts;
  const git = gitOptions(indexDir, parts);
  await settleRepository(indexDir, logger, signal);
  // The first to say so if git cannot work there at all.
  const wasShallow = await isShallow(git);
  await checkRemote(options, git);
  const before = await readCommit('HEAD', git);
  // Meanwhile the network is waited for.
  const [head, found] = await Promise.all([
    retrying(parts, () => remoteHead('origin', { ...git, idleMs: IDLE_MS })),
    before === undefined ? [] : collect(deviations(git)),
  ]);
  if (await isNews(head, isFullHistory && wasShallow, git)) {
    logger.info(`fetching ${head.commit.slice(0, 12)} from ${options.indexUrl}`);
    const fetch = { ...git, idleMs: IDLE_MS, isFull: isFullHistory || !wasShallow };
    await retrying(parts, () => fetchHead(head, fetch));
  }
  const repaired = await ownChanges(found, git);
  const fetched = await readCommit(FETCHED, git);
  if (found.length > 0 || fetched === undefined || fetched.id !== before?.id)
    await resetTo(FETCHED, head.branch, git);
  const foreign = found.some(({ kind }) => kind === 'untracked') ? await removeForeign(indexDir, git) : [];
  reportRepairs([...repaired, ...foreign], indexDir, logger);
  const commit = await readCommit('HEAD', git);
  return { commit, before, repaired: new Set(repaired.map(({ path }) => path)) };
}

/** Whether there is something to fetch: an old commit may be new again, after a squash. */
async function isNews(head: RemoteHead, wantsHistory: boolean, git: GitOptions): Promise<boolean> {
  if (wantsHistory) return true;
  return (await readCommit(FETCHED, git))?.id !== head.commit;
}

/** @throws UsageError when a repository follows another remote */
export async function checkRemote({ indexDir, indexUrl }: ClonerOptions, git: GitOptions): Promise<void> {
  const address = await remoteAddress(git);
  if (address !== undefined && isSameAddress(address, indexUrl)) return;
  const what = address === undefined ? 'a repository without a remote' : `a clone of ${address}`;
  throw new UsageError(`--index-dir: ${indexDir} is ${what}, not of ${indexUrl}`, {
    hint:
      address === undefined
        ? 'Name another directory'
        : `Give --index-url ${address}, or another --index-dir`,
  });
}

async function collect(all: AsyncIterable<Deviation>): Promise<Deviation[]> {
  const list: Deviation[] = [];
  for await (const deviation of all) list.push(deviation);
  return list;
}

/** Files that are neither what HEAD has nor what was fetched: the latter are of an update that was cut short. */
async function ownChanges(found: readonly Deviation[], git: GitOptions): Promise<Deviation[]> {
  const tracked = found.filter(({ kind }) => kind !== 'untracked');
  if (tracked.length === 0) return [];
  const paths = new Set(tracked.map(({ path }) => path));
  const differing = await differingFrom(FETCHED, paths, git);
  return tracked.filter(({ path }) => differing.has(path));
}

/** Removes files that a walk over the index would take for its own. What else is there stays. */
async function removeForeign(indexDir: string, git: GitOptions): Promise<Deviation[]> {
  const foreign: Deviation[] = [];
  for await (const deviation of deviations(git)) {
    if (deviation.kind === 'untracked' && isIndexFilePath(deviation.path)) foreign.push(deviation);
  }
  for (const { path } of foreign) unlinkSync(join(indexDir, path));
  return foreign;
}

function reportRepairs(repaired: readonly Deviation[], indexDir: string, logger: Logger): void {
  if (repaired.length === 0) return;
  const count = (kind: Deviation['kind']): string =>
    formatCount(repaired.filter((deviation) => deviation.kind === kind).length);
  const names = repaired.slice(0, MOST_SHOWN).map(({ path }) => path);
  const more = repaired.length > MOST_SHOWN ? ', …' : '';
  logger.warn(
    `put right in ${indexDir}: ${count('changed')} changed, ${count('missing')} missing, ${count('untracked')} foreign files (${names.join(', ')}${more})`,
  );
  for (const { path, kind } of repaired) logger.debug({ path }, `was ${kind}`);
}

/** The index as it is, without asking any remote or changing anything. */
export async function readIndex(options: ClonerOptions, parts: UpdateParts): Promise<CurrentIndex> {
  const { indexDir } = options;
  openIndex(indexDir);
  const nothing = { commit: undefined, before: undefined, repaired: new Set<string>() };
  if (stateOfIndex(indexDir) !== 'repository') return nothing;
  const git = gitOptions(indexDir, parts);
  try {
    const commit = await readCommit('HEAD', git);
    const found = commit === undefined ? [] : await collect(deviations(git));
    if (found.length > 0)
      parts.logger.warn(
        `files in ${indexDir} that are not what its commit has: ${formatCount(found.length)}`,
      );
    return { commit, before: commit, repaired: new Set(found.map(({ path }) => path)) };
  } catch (error) {
    parts.signal.throwIfAborted();
    parts.logger.warn(`cannot tell the commit of ${indexDir}: ${(error as Error).message}`);
    return nothing;
  }
}

function stateOfIndex(indexDir: string): 'repository' | 'missing' {
  try {
    return stateOfDirectory(indexDir);
  } catch {
    // A tree without git is an index too.
    return 'missing';
  }
}

function gitOptions(indexDir: string, { signal, onProgress }: UpdateParts): GitOptions {
  const directory = realPath(indexDir);
  return { directory, purpose: directory, signal, onProgress };
}
