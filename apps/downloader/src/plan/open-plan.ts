import { Worker } from 'node:worker_threads';
import { openIndex } from '@crates-mirror/crates-index/open';
import { IndexPlan } from '@crates-mirror/crates-index/plan';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ChecksumTable } from '../checksum-table.ts';
import type { ListPlan } from './list-plan.ts';
import type { ScrubPlan } from './scrub/scrub-plan.ts';
import type { InputProblem, Plan } from './work.ts';

const COUNTER = new URL('./total-count-worker.ts', import.meta.url);
/** Counting is not worth it for runs shorter than this. */
const COUNT_AFTER_MS = 500;

/** What only some runs need is loaded by those. @throws UsageError when the source cannot be read */
export async function openPlan(
  { source, limit, out, scrub }: Pick<DownloaderOptions, 'source' | 'limit' | 'out' | 'scrub'>,
  onProblem: (problem: InputProblem) => void,
): Promise<IndexPlan | ListPlan | ScrubPlan> {
  if (source.kind === 'list') {
    const { ListPlan } = await import('./list-plan.ts');
    return new ListPlan({ file: source.file, limit, onProblem });
  }
  const { directory, includeYanked, only } = source;
  let files: string[] | undefined;
  if (only !== undefined) {
    const { readCrateList } = await import('@crates-mirror/crates-index');
    files = readCrateList(only, '--only-crates', onProblem);
  }
  const index = await openIndex(directory);
  const plan = new IndexPlan({ source: index, includeYanked, limit, files, onProblem });
  if (scrub === undefined) return plan;
  const [{ Scrub }, { ScrubPlan }] = await Promise.all([
    import('./scrub/scrub.ts'),
    import('./scrub/scrub-plan.ts'),
  ]);
  return new ScrubPlan(plan, new Scrub(out, scrub), only === undefined ? undefined : index);
}

/** @param path of a checksums file, if there is to be one. @throws UsageError when it cannot be used */
export async function openChecksums(path: string | undefined): Promise<ChecksumTable | undefined> {
  return path === undefined ? undefined : (await import('../checksums-file.ts')).loadChecksums(path);
}

/**
 * Counts the crate files of a plan in a thread of its own, so that a total can be shown that does not change. Nothing comes of
 * a count that fails: the run meets the same trouble, and reports it.
 *
 * @param isWanted whether anybody sees a total: counting costs a second of CPU time on a whole index
 * @param onTotal called once, unless the count is aborted before
 */
export function countLater(
  { countable }: Plan,
  isWanted: boolean,
  onTotal: (total: number) => void,
): AbortController {
  const stop = new AbortController();
  if (!isWanted || countable === undefined) return stop;
  const timer = setTimeout(() => {
    const worker = new Worker(COUNTER, { workerData: countable });
    worker.unref();
    worker.on('message', onTotal);
    worker.on('error', () => {});
    stop.signal.addEventListener('abort', () => void worker.terminate());
  }, COUNT_AFTER_MS);
  timer.unref();
  stop.signal.addEventListener('abort', () => clearTimeout(timer));
  return stop;
}
