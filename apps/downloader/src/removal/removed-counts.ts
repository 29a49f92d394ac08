import type { Action } from '@crates-mirror/removals';

const WORDS = { quarantine: 'quarantined', delete: 'deleted', withdraw: 'withdrawn' } as const;

/** Crate files that were removed from the mirror in a run, and those that were restored. */
export class RemovedCounts {
  quarantined = 0;
  deleted = 0;
  /** Members of bundles. */
  withdrawn = 0;
  restored = 0;

  /** @returns the number of files removed so far, whatever the action */
  add(action: Action): number {
    this[WORDS[action]] += 1;
    return this.quarantined + this.deleted + this.withdrawn;
  }

  wordFor(action: Action): string {
    return WORDS[action];
  }
}
