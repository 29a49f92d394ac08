import { GitError } from '@crates-mirror/git';
import type { ChangesFile } from '../changes/changes-file.ts';
import { type ChangeCounts, compareTrees, hasTree } from '../changes/index-changes.ts';
import type { ClonerOptions } from '../command/options.ts';
import type { CurrentIndex } from '../index/current-index.ts';
import { realPath } from '../index/index-directory.ts';
import type { RunDeps } from './run-deps.ts';

/** An earlier state of the index. */
export interface Since {
  readonly commit: string;
  /** ISO 8601 time of the run, or else of the commit. */
  readonly at: string;
  /** Whether a run has mirrored it. */
  readonly isRun: boolean;
}

/** What the index was compared with, and the result. */
export interface Comparison {
  readonly since: Since | undefined;
  /** Undefined if there was nothing to compare with. */
  readonly counts: ChangeCounts | undefined;
  /** Index files that are new or changed since then. */
  readonly touched: readonly string[];
}

const NOTHING: Comparison = { since: undefined, counts: undefined, touched: [] };

/**
 * Compares the index with its state in the mirror's last completed run. Without one, compares it
 * with its state before this run's update.
 */
export async function compareWithLast(
  { commit, before }: CurrentIndex,
  { indexDir }: ClonerOptions,
  { state, logger, update }: Pick<RunDeps, 'state' | 'logger' | 'update'>,
  changesFile: ChangesFile | undefined,
): Promise<Comparison> {
  const base = lastIndex(state, before);
  if (commit === undefined || base === undefined) return NOTHING;
  const git = { directory: realPath(indexDir), signal: update.signal };
  const { tree, ...since } = base;
  try {
    if (tree === commit.tree || (await hasTree(tree, git))) {
      const compared = await compareTrees(tree, commit.tree, git, (change) => {
        logger.debug(change, 'index');
        changesFile?.add(change);
      });
      return { since, ...compared };
    }
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    logger.debug(error.message);
  }
  logger.warn(
    `${indexDir} no longer has the commit of the last run, ${base.commit}: changes cannot be determined`,
  );
  return NOTHING;
}

function lastIndex(
  state: RunDeps['state'],
  before: CurrentIndex['before'],
): (Since & { readonly tree: string }) | undefined {
  if (state !== undefined)
    return { commit: state.commit, tree: state.tree, at: state.finished_at, isRun: true };
  if (before === undefined) return undefined;
  return { commit: before.id, tree: before.tree, at: before.committedAt, isRun: false };
}
