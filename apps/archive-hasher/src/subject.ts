import { basename } from 'node:path';
import type { Listing } from './bucket/list-bucket.ts';
import { toBytePath } from './byte-path.ts';
import type { ExclusionRule } from './exclude/exclusions.ts';
import { DirectoryHashing, type Hashed, type HashingDeps } from './hash-directory.ts';
import { MirrorWatch } from './mirror-watch.ts';
import type { HasherOptions } from './options.ts';
import { TreeCount } from './tree/count.ts';
import type { TreeTotals } from './tree/count-job.ts';
import { DirectoryTree } from './tree/directory-tree.ts';

/** What a run hashes. */
export interface Subject {
  /** The name that the inventory has for it. */
  readonly name: string;
  /** Describes in one line the tool that works on it. */
  readonly busy: string | undefined;
  /** Where the checksums are from, if nothing is read. */
  readonly listing: Listing | undefined;
  /** Begins to count what there is to hash. */
  beginCount(rules: readonly ExclusionRule[]): void;
  /** undefined until everything is counted */
  readonly totals: TreeTotals | undefined;
  /** @throws as `DirectoryHashing.run` does */
  hash(options: HasherOptions, deps: HashingDeps): Promise<Hashed>;
  /** Whether another tool has worked on it since. */
  isDisturbed(): Promise<boolean>;
  close(): Promise<void>;
}

/** A directory of this machine. */
export class DirectorySubject implements Subject {
  readonly name: string;
  readonly listing = undefined;
  readonly #root: string;
  readonly #watch: MirrorWatch;
  #count: TreeCount | undefined;

  /** @throws UsageError if another tool works on it */
  constructor(root: string) {
    this.name = basename(root);
    this.#root = root;
    this.#watch = new MirrorWatch(root);
    this.#watch.refuseBusy();
  }

  get busy(): string | undefined {
    return this.#watch.busy;
  }

  beginCount(rules: readonly ExclusionRule[]): void {
    this.#count = new TreeCount(toBytePath(this.#root), rules);
  }

  get totals(): TreeTotals | undefined {
    return this.#count?.totals;
  }

  hash(options: HasherOptions, deps: HashingDeps): Promise<Hashed> {
    return new DirectoryHashing(new DirectoryTree(toBytePath(this.#root)), options, deps).run();
  }

  async isDisturbed(): Promise<boolean> {
    return this.#watch.isDisturbed;
  }

  async close(): Promise<void> {
    await this.#count?.stop();
  }
}
