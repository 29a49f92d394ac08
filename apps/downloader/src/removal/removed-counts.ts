import type { Action } from '@crates-mirror/removals';

const WORDS = { quarantine: 'quarantined', delete: 'deleted', withdraw: 'withdrawn' } as const;

/** Crate files that left the mirror in a run, and those that came back. */
export class RemovedCounts {
  quarantined = 0;
  deleted = 0;
  /** Members of bundles. */
  withdrawn = 0;
  restored = 0;

  /** @returns how many there are now, of any kind */
  add(action: Action): number {
    this[WORDS[action]] += 1;
    return this.quarantined + this.deleted + this.withdrawn;
  }

  wordFor(action: Action): string {
    return WORDS[action];
  }
}
