import { existsSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexShard } from '@crates-mirror/crates-index/names';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import type { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import type { RemovalJournal } from './journal.ts';
import type { Removal } from './removal.ts';

/** Number of removals planned, done and recorded together. */
const BATCH = 256;

export interface RemoverDeps {
  /** Root of the mirror, or of the folder of bundles. */
  readonly root: string;
  readonly journal: RemovalJournal;
  /** Ledger of the loose files; undefined if there are none. */
  readonly ledger: Pick<VerifiedLedger, 'forget' | 'flush'> | undefined;
  /** Appends the manifest's records of completed removals and flushes them to disk. */
  readonly record: (removals: readonly Removal[]) => void;
  /** Called after each step, for tests. */
  readonly onStep?: (step: Step) => void;
}

export type Step = 'planned' | 'moved' | 'forgotten' | 'recorded' | 'marked';

/**
 * Removes crate files. Each one is planned in the journal, moved or deleted, removed from the
 * ledger of verified files, recorded in the manifest, and marked as done, in this order. If a kill
 * happens in between, {@link complete} of the next run completes the rest.
 */
export class Remover {
  readonly #deps: RemoverDeps;

  constructor(deps: RemoverDeps) {
    this.#deps = deps;
  }

  /**
   * @param isStopped called before each batch.
   * @returns the completed removals.
   * @throws the system error
   */
  remove(removals: readonly Removal[], isStopped: () => boolean): readonly Removal[] {
    const removed: Removal[] = [];
    for (let start = 0; start < removals.length && !isStopped(); start += BATCH) {
      const batch = removals.slice(start, start + BATCH);
      this.#deps.journal.plan(batch);
      this.#step('planned');
      for (const removal of batch) {
        this.#move(removal);
        this.#step('moved');
      }
      removed.push(...this.complete());
    }
    return removed;
  }

  /**
   * Completes planned removals whose file was already moved or deleted, and drops the others. A
   * later run decides again whether those are needed.
   *
   * @returns the completed removals
   */
  complete(): readonly Removal[] {
    const { journal, ledger, record } = this.#deps;
    const planned = journal.removals('planned');
    if (planned.length === 0) return [];
    const done = planned.filter((removal) => this.#isDone(removal));
    for (const removal of done) this.#forget(removal);
    ledger?.flush();
    this.#step('forgotten');
    if (done.length > 0) record(done);
    this.#step('recorded');
    journal.mark(done, 'done');
    journal.mark(
      planned.filter((removal) => !done.includes(removal)),
      'dropped',
    );
    this.#step('marked');
    return done;
  }

  #move({ action, path, to }: Removal): void {
    const from = join(this.#deps.root, path);
    if (to !== null) {
      const kept = this.#keptAt(to);
      makeDirectories(dirname(kept));
      renameSync(from, kept);
    } else if (action === 'delete') unlinkSync(from);
    else return;
    removeEmptyDirectories(this.#deps.root, path);
  }

  #isDone({ action, path, to, isReplaced }: Removal): boolean {
    if (action === 'withdraw') return true;
    if (isReplaced && to !== null) return existsSync(this.#keptAt(to));
    return !existsSync(join(this.#deps.root, path)) && (to === null || existsSync(this.#keptAt(to)));
  }

  #forget({ action, name, path, isReplaced }: Removal): void {
    if (action !== 'withdraw' && !isReplaced) this.#deps.ledger?.forget(indexShard(name), path);
  }

  #keptAt(to: string): string {
    return join(this.#deps.root, HOME_DIRECTORY, to);
  }

  #step(step: Step): void {
    this.#deps.onStep?.(step);
  }
}

/** Removes the empty directories above a path, up to `root`. */
function removeEmptyDirectories(root: string, path: string): void {
  for (let directory = dirname(path); directory !== '.'; directory = dirname(directory)) {
    try {
      rmdirSync(join(root, directory));
    } catch {
      return;
    }
  }
}
