import { openIndex } from '@crates-mirror/crates-index/open';
import { IndexPlan } from '@crates-mirror/crates-index/plan';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { ChecksumTable } from '../checksum-table.ts';
import type { ListPlan } from './list-plan.ts';
import type { ScrubPlan } from './scrub/scrub-plan.ts';
import type { InputProblem } from './work.ts';

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
