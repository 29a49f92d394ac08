import type { CrateBody } from '../fetch/crate-body.ts';
import type { Batcher } from '../report/batcher.ts';
import type { Unchanged } from '../scan/unchanged.ts';
import type { InPlace, Target } from '../target.ts';
import type { Destination } from './destination.ts';
import { StoreError } from './store-error.ts';

export interface PlacementOptions {
  readonly store: Destination;
  readonly batcher: Batcher;
  /** Takes note of what is in place. */
  readonly unchanged: Pick<Unchanged, 'note'> | undefined;
  /** The mirror holds a target's file. @param sha256 of it, lower-case hex */
  readonly onHeld: (target: Target, sha256: string) => void;
  /** A file is in place, or could not be put there. */
  readonly onPlaced: () => void;
  /** Nothing can be written any more. */
  readonly onFatal: (error: StoreError) => void;
}

/** How a lane's targets end whose files are in the mirror already, or are put there, or cannot be. */
export class Placement {
  readonly #options: PlacementOptions;
  /** Verified, and on their way to disk. */
  #placing = 0;

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /** Whether no more should be fetched until what was placed is on disk. */
  get isBusy(): boolean {
    return this.#options.store.isBusy;
  }

  /** Files that are on their way to disk. */
  get placing(): number {
    return this.#placing;
  }

  /** Completes a target of this lane whose file is in place. @returns false when it has to be fetched, or placed, first */
  completeInPlace(target: Target): boolean {
    const { store, batcher, unchanged, onHeld } = this.#options;
    try {
      const found = store.find(target);
      const inPlace = found && store.takeOver(target, found);
      target.hasLooseCopy = found !== undefined && inPlace === undefined;
      if (inPlace === undefined) return false;
      batcher.settle(target, inPlace);
      unchanged?.note(target, inPlace);
      onHeld(target, inPlace.sha256);
    } catch (error) {
      this.completeFailed(target, error);
    }
    return true;
  }

  /** The files of any lane's targets, as far as they are in place. Changes nothing. */
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

  /** Puts a target's loose copy where it belongs. @returns false when it is not what it was, so that it must be fetched */
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

  /** Takes over a verified body. */
  place(target: Target, body: CrateBody, sha256: string, status: InPlace): void {
    const { store, batcher, onPlaced } = this.#options;
    this.#placing += 1;
    const startedAt = performance.now();
    store.place({ target, body, sha256, status }, (result) => {
      this.#placing -= 1;
      batcher.stored(startedAt);
      if (result instanceof StoreError) this.completeFailed(target, result);
      else batcher.settle(target, result);
      onPlaced();
    });
  }

  /** Completes a target whose file could not be looked for, or written. @throws what is no StoreError */
  completeFailed(target: Target, error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    this.#options.batcher.settle(target, { status: 'error', error: error.record });
    this.endIfFatal(error);
  }

  endIfFatal(error: StoreError): void {
    if (error.isFatal) this.#options.onFatal(error);
  }

  /** Nothing more comes for now: what waits for company goes on its way. */
  handOver(): void {
    this.#options.store.handOver();
  }
}
