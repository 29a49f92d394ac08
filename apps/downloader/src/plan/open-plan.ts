import { IndexPlan, readCrateList } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { ListPlan } from './list-plan.ts';
import type { InputProblem, Plan } from './work.ts';

/** Counting the index for an estimate is not worth it for runs shorter than this. */
const COUNT_AFTER_MS = 1000;

/** @throws UsageError when the source cannot be read */
export function openPlan(
  { source, limit }: Pick<DownloaderOptions, 'source' | 'limit'>,
  onProblem: (problem: InputProblem) => void,
): IndexPlan | ListPlan {
  if (source.kind === 'list') return new ListPlan({ file: source.file, limit, onProblem });
  const { directory, includeYanked, only } = source;
  const files = only === undefined ? undefined : readCrateList(only, '--only-crates', onProblem);
  return new IndexPlan({ directory, includeYanked, limit, files, onProblem });
}

/** @param isWanted whether anybody sees an estimate: counting costs half a second of CPU time on the index of 2019 */
export function countLater(plan: Plan, isWanted: boolean): AbortController {
  const stop = new AbortController();
  if (isWanted && plan instanceof IndexPlan) {
    const timer = setTimeout(() => void plan.countUnits(stop.signal), COUNT_AFTER_MS);
    timer.unref();
    stop.signal.addEventListener('abort', () => clearTimeout(timer));
  }
  return stop;
}
