import { describeError, FatalError } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import type { Selector } from '@crates-mirror/selection/selector';
import type { IndexRoot } from './index-root.ts';
import { type Problem, processed } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import type { DataSet } from './parquet/data-set.ts';
import type { RunEnd } from './summary.ts';
import type { Tally } from './tally.ts';

const MAX_EXAMPLES = 5;

interface Deps {
  readonly index: IndexRoot;
  readonly selector: Selector;
  readonly tally: Tally;
  readonly logger: Logger;
  /** undefined in all other modes */
  readonly dataSet: DataSet | undefined;
  /** Aborted to stop the run. */
  readonly requested: AbortSignal;
  readonly report: (problem: Problem) => void;
}

/**
 * After a complete run, removes outputs for which it found no version if pruning is requested, and
 * otherwise only reports stale partitions.
 *
 * @returns the new end of the run
 */
export async function pruneAfter(options: SidecarOptions, end: RunEnd, deps: Deps): Promise<RunEnd> {
  const { tally, logger, dataSet, requested } = deps;
  const stale = dataSet?.stale() ?? [];
  const isCertain = tally.wholeFiles === 0;
  if (!options.prune && isCertain && stale.length > 0) logger.warn(staleMessage(stale));
  if (!options.prune) return end;
  let fatal: string | undefined;
  try {
    if (!isCertain) throw cannotPrune(tally.wholeFiles);
    if (selectedBy(tally) === 0) throw nothingSelected();
    if (dataSet === undefined) await pruneTree(options, deps);
    else tally.pruned = await dataSet.prune(stale, { ...deps, yes: options.yes, signal: requested });
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    logger.error(describeError(error));
    fatal = error.message;
  }
  return { ...end, fatal, interrupted: requested.aborted };
}

async function pruneTree(options: SidecarOptions, deps: Deps): Promise<void> {
  const { index, selector, tally, logger, requested, report } = deps;
  const onRemoved = (path: string): void => {
    tally.pruned += 1;
    logger.debug(`pruned ${path}`);
  };
  const tree = { ...options, out: options.out as string };
  const { prune } = await import('./prune.ts');
  await prune({ options: tree, index, selector, signal: requested, report, onRemoved });
}

function staleMessage(stale: readonly string[]): string {
  const shown = stale.slice(0, MAX_EXAMPLES).join(', ') + (stale.length > MAX_EXAMPLES ? ', …' : '');
  const what = stale.length === 1 ? 'a partition has' : `${formatCount(stale.length)} partitions have`;
  return `${what} rows of an earlier run, and no selected version now: ${shown}; --prune removes them`;
}

function selectedBy({ counts }: Tally): number {
  return processed(counts) - counts.leftOut;
}

/** An empty list of names would otherwise remove everything. */
function nothingSelected(): FatalError {
  return new FatalError('nothing_selected', 'nothing is pruned: no version of the index is selected', {
    hint: 'Check --index-dir and the options that select crates; to remove everything, remove the directory',
  });
}

/** Unreadable files may contain the versions of the sidecars or partitions that look stale. */
function cannotPrune(files: number): FatalError {
  const what = files === 1 ? 'a file or directory' : `${formatCount(files)} files or directories`;
  return new FatalError(
    'index_unreadable',
    `nothing is pruned: ${what} could not be used, see the warnings above`,
    { hint: 'Put that right and run again' },
  );
}
