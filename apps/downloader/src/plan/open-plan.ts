import { openIndex } from '@crates-mirror/crates-index/open';
import { IndexPlan } from '@crates-mirror/crates-index/plan';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import {
  openSelection,
  plainSelection,
  type SelectionData,
  selectorOf,
} from '@crates-mirror/selection/selector';
import type { ChecksumTable } from './checksum-table.ts';
import type { ListPlan } from './list-plan.ts';
import type { ScrubPlan } from './scrub/scrub-plan.ts';
import type { InputProblem } from './work.ts';

/** The plan of a run and its selection. */
export interface OpenPlan {
  readonly plan: IndexPlan | ListPlan | ScrubPlan;
  /** The selection that applies to index files; irrelevant for a list. */
  readonly selection: SelectionData;
}

/**
 * Opens the plan. Modules that only some runs need are loaded on demand.
 *
 * @throws UsageError when the source cannot be read
 */
export async function openPlan(
  {
    source,
    limit,
    out,
    scrub,
    shard,
  }: Pick<DownloaderOptions, 'source' | 'limit' | 'out' | 'scrub' | 'shard'>,
  onProblem: (problem: InputProblem) => void,
): Promise<OpenPlan> {
  if (source.kind === 'list') {
    const { ListPlan } = await import('./list-plan.ts');
    return {
      plan: new ListPlan({ file: source.file, limit, shard, onProblem }),
      selection: plainSelection(true),
    };
  }
  const { directory, rules, only } = source;
  let files: string[] | undefined;
  if (only !== undefined) {
    const { readCrateList } = await import('@crates-mirror/crates-index');
    files = readCrateList(only, '--only-crates', onProblem);
  }
  const index = await openIndex(directory);
  const prepared = await openSelection(rules, index, onProblem);
  const selection = prepared.data;
  const { select } = await selectorOf(selection);
  const { includeYanked } = rules;
  files = both(files, prepared.files);
  let ours = index;
  if (shard !== undefined) {
    const { isFileInShard, shardOfIndex } = await import('@crates-mirror/layout/shard-of-index');
    ours = shardOfIndex(index, shard);
    files = files?.filter((file) => isFileInShard(file, shard));
  }
  const plan = new IndexPlan({ source: ours, includeYanked, select, limit, files, onProblem });
  if (scrub === undefined) return { plan, selection };
  const [{ Scrub }, { ScrubPlan }] = await Promise.all([
    import('./scrub/scrub.ts'),
    import('./scrub/scrub-plan.ts'),
  ]);
  const rest = only === undefined ? undefined : index;
  return { plan: new ScrubPlan(plan, new Scrub(out, scrub), rest), selection };
}

/** The intersection of two lists of index files, in the order of the first. */
function both(some: string[] | undefined, others: readonly string[] | undefined): string[] | undefined {
  if (others === undefined) return some;
  if (some === undefined) return [...others];
  const known = new Set(others);
  return some.filter((file) => known.has(file));
}

/** @param path path of the checksums file, if any @throws UsageError when it cannot be used */
export async function openChecksums(path: string | undefined): Promise<ChecksumTable | undefined> {
  return path === undefined ? undefined : (await import('./checksums-file.ts')).loadChecksums(path);
}
