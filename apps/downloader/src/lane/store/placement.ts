import type { CrateBody } from '../fetch/crate-body.ts';
import type { Batcher } from '../report/batcher.ts';
import type { Unchanged } from '../scan/unchanged.ts';
import type { InPlace, Target } from '../target.ts';
import type { Destination } from './destination.ts';
import { StoreError } from './store-error.ts';

export interface PlacementOptions {
  readonly store: Destination;
  readonly batcher: Batcher;
  /** Records files in place. */
  readonly unchanged: Pick<Unchanged, 'note'> | undefined;
  /** Called when the mirror holds a target's file. @param sha256 its checksum, lower-case hex */
  readonly onHeld: (target: Target, sha256: string) => void;
  /** Called when a file is in place, or could not be stored. */
  readonly onPlaced: () => void;
  /** Called when nothing can be written any more. */
  readonly onFatal: (error: StoreError) => void;
}

/**
 * Completes the targets whose files are already in the mirror, are stored there, or cannot be
 * stored.
 */
export class Placement {
  readonly #options: PlacementOptions;
  /** Number of verified files on their way to disk. */
  #placing = 0;

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /** Whether to pause fetching until the placed files are on disk. */
  get isBusy(): boolean {
    return this.#options.store.isBusy;
  }

  /** Number of files on their way to disk. */
  get placing(): number {
    return this.#placing;
  }

  /**
   * Completes a target of this lane if its file is in place.
   *
   * @returns false if the file must be fetched or stored first
   */
  completeInPlace(target: Target): boolean {
    const { store, batcher, unchanged, onHeld } = this.#options;
    try {
      const found = store.find(target);
      const inPlace = found && store.takeOver(target, found);
      target.hasLooseCopy = found !== undefined && inPlace === undefined;
      if (inPlace === undefined) return false;
      batcher.complete(target, inPlace);
      unchanged?.note(target, inPlace);
      onHeld(target, inPlace.sha256);
    } catch (error) {
      this.completeFailed(target, error);
    }
    return true;
  }

  /** Yields the files in place of any lane's targets. Changes nothing. */
  *knownFiles(targets: Iterable<Target | undefined>): Generator<{ target: Target; sha256: string }> {
    for (const target of targets) {
      try {
        const found = target && this.#options.store.find(target);
        if (target && found) yield { target, sha256: found.sha256 };
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }
  }

  /**
   * Stores a target's loose copy at its destination.
   *
   * @returns false if the copy no longer matches its checksum, so that the file must be fetched
   */
  placeLooseCopy(target: Target): boolean {
    const { store, onHeld } = this.#options;
    try {
      const body = store.loadLooseCopy(target);
      const sha256 = body?.digest();
      if (body !== undefined && sha256 !== undefined && sha256 === (target.sha256 ?? sha256)) {
        onHeld(target, sha256);
        this.place(target, body, sha256, 'verified_existing');
        return true;
      }
      body?.discard();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    target.hasLooseCopy = false;
    return false;
  }

  /** Stores a verified body. */
  place(target: Target, body: CrateBody, sha256: string, status: InPlace): void {
    const { store, batcher, onPlaced } = this.#options;
    this.#placing += 1;
    const startedAt = performance.now();
    store.place({ target, body, sha256, status }, (result) => {
      this.#placing -= 1;
      batcher.stored(startedAt);
      if (result instanceof StoreError) this.completeFailed(target, result);
      else batcher.complete(target, result);
      onPlaced();
    });
  }

  /**
   * Completes a target whose file could not be read or written.
   *
   * @throws any error that is not a StoreError
   */
  completeFailed(target: Target, error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    this.#options.batcher.complete(target, { status: 'error', error: error.record });
    this.endIfFatal(error);
  }

  endIfFatal(error: StoreError): void {
    if (error.isFatal) this.#options.onFatal(error);
  }

  /** Called when no more files follow for now. Incomplete groups are sent on their way. */
  handOver(): void {
    this.#options.store.handOver();
  }
}
