import { toBytePath } from '../byte-path.ts';
import type { Expected } from '../inventory/parse-entry.ts';
import { MirrorWatch } from '../mirror-watch.ts';
import type { BucketOptions, VerifyOptions } from '../options.ts';
import { TreeCount } from '../tree/count.ts';
import type { TreeTotals } from '../tree/count-job.ts';
import { DirectoryTree } from '../tree/directory-tree.ts';
import { Comparison, type ComparisonDeps } from './comparison.ts';

/** What is compared with an inventory. */
export interface ComparedSide {
  /** For messages. */
  readonly root: string;
  /** Describes in one line the tool that works on it. */
  readonly busy: string | undefined;
  /** Whether its content is read; otherwise its listing is compared. */
  readonly isRead: boolean;
  /** undefined until everything is counted */
  readonly totals: TreeTotals | undefined;
  /** @throws AbortError; CodedError if the inventory is damaged; FatalError if a store fails */
  compare(entries: Iterator<Expected>, deps: ComparisonDeps): Promise<void>;
  close(): Promise<void>;
}

/** @throws UsageError if a store refuses, or has no objects there */
export async function openSide(
  root: string,
  { bucket, progress }: VerifyOptions,
  deps: Pick<ComparisonDeps, 'head'>,
): Promise<ComparedSide> {
  if (bucket !== undefined) return bucketSide(root, bucket);
  const count = progress ? new TreeCount(toBytePath(root), deps.head.exclusions.rules) : undefined;
  return {
    root,
    busy: new MirrorWatch(root).busy,
    isRead: true,
    get totals() {
      return count?.totals;
    },
    compare: (entries, compareDeps) =>
      new Comparison(new DirectoryTree(toBytePath(root)), compareDeps).run(entries),
    close: async () => count?.stop(),
  };
}

async function bucketSide(root: string, options: BucketOptions): Promise<ComparedSide> {
  const { openBucket } = await import('../bucket/open-bucket.ts');
  const { bucket, busy } = await openBucket(options);
  const side = {
    root,
    busy: busy?.message,
    isRead: options.read,
    totals: undefined,
    close: () => bucket.close(),
  };
  if (options.read) {
    const { BucketTree } = await import('../bucket/bucket-tree.ts');
    return { ...side, compare: (entries, deps) => new Comparison(new BucketTree(bucket), deps).run(entries) };
  }
  const { compareListing } = await import('./listing-comparison.ts');
  return { ...side, compare: (entries, deps) => compareListing(bucket, entries, deps) };
}
