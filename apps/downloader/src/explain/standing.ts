import { resolve } from 'node:path';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { type JournalEntry, RemovalJournal } from '@crates-mirror/removals';
import { identityOf, readRemembered } from '@crates-mirror/selection/remembered';
import type { SelectionData } from '@crates-mirror/selection/selector';

type Places = Pick<DownloaderOptions, 'out' | 'bundle'>;

const DONE = { quarantine: 'in quarantine', delete: 'deleted', withdraw: 'withdrawn' } as const;

/**
 * What the mirror's records say about crate versions: their removals, and how long the mirror has
 * had its selection.
 */
export class Standing {
  readonly #entries: readonly JournalEntry[];
  readonly #selectionFile: string;

  /** @throws the system's error when a journal cannot be read */
  constructor({ out, bundle }: Places) {
    const roots = [out, ...(bundle === undefined ? [] : [bundle.directory])].map((root) => resolve(root));
    this.#entries = roots.flatMap((root) => new RemovalJournal(mirrorHome(root).removalsFile).entries);
    this.#selectionFile = mirrorHome(resolve(out)).selectionFile;
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
    const before = readRemembered(this.#selectionFile);
    if (before === undefined || identityOf(before.data) !== identityOf(selection)) return undefined;
    return before.since;
  }

  #of(name: string, version: string): JournalEntry | undefined {
    return this.#entries.findLast(
      ({ removal, state }) => removal.name === name && removal.version === version && state !== 'dropped',
    );
  }
}
