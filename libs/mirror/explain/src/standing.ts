import { resolve } from 'node:path';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { type JournalEntry, RemovalJournal } from '@crates-mirror/removals';
import { identityOf, readRemembered } from '@crates-mirror/selection/remembered';
import type { SelectionData } from '@crates-mirror/selection/selector';

/** The parts of a mirror that have records. */
export interface Places {
  /** Root of the loose crate files. */
  readonly mirror: string | undefined;
  readonly bundlesDir: string | undefined;
}

const DONE = { quarantine: 'in quarantine', delete: 'deleted', withdraw: 'withdrawn' } as const;

/**
 * What the mirror's records say about crate versions: their removals, and how long the mirror has
 * had its selection.
 */
export class Standing {
  readonly #entries: readonly JournalEntry[];
  readonly #selectionFile: string | undefined;

  /** @throws the system's error when a journal cannot be read */
  constructor({ mirror, bundlesDir }: Places) {
    const roots = [mirror, bundlesDir].filter((root) => root !== undefined);
    this.#entries = roots.flatMap(
      (root) => new RemovalJournal(mirrorHome(resolve(root)).removalsFile).entries,
    );
    this.#selectionFile = mirror === undefined ? undefined : mirrorHome(resolve(mirror)).selectionFile;
  }

  /** Whether the mirror has ever removed or restored the crate file of a version. */
  wasHeld(name: string, version: string | undefined): boolean {
    return this.#of(name, version ?? '') !== undefined;
  }

  /**
   * Returns text such as `in quarantine since 2026-11-30: …`; undefined if the version was not
   * removed.
   */
  removalOf(name: string, version: string): string | undefined {
    const last = this.#of(name, version);
    if (last?.state !== 'done') return undefined;
    const { action, at, why } = last.removal;
    return `${DONE[action]} since ${at.slice(0, 10)}: ${why}`;
  }

  /** ISO 8601; undefined if the mirror has another selection or none on record. */
  selectedSince(selection: SelectionData): string | undefined {
    const before = this.#selectionFile === undefined ? undefined : readRemembered(this.#selectionFile);
    if (before === undefined || identityOf(before.data) !== identityOf(selection)) return undefined;
    return before.since;
  }

  #of(name: string, version: string): JournalEntry | undefined {
    return this.#entries.findLast(
      ({ removal, state }) => removal.name === name && removal.version === version && state !== 'dropped',
    );
  }
}
