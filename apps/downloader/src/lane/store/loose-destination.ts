import type { CrateBody } from '../fetch/crate-body.ts';
import type { Outcome, OutcomeInPlace, Target } from '../target.ts';
import type { CrateStore } from './crate-store.ts';
import type { Destination, Found, Verified } from './destination.ts';
import type { StoreError } from './store-error.ts';

/** A tree of loose files. */
export class LooseDestination implements Destination {
  readonly isBusy = false;
  readonly #store: CrateStore;

  constructor(store: CrateStore) {
    this.#store = store;
  }

  find(target: Target): Found | undefined {
    const loose = this.#store.find(target);
    if (loose === undefined) return undefined;
    const outcome = { ...loose, storage: 'filesystem', bundle: null } as const;
    return { sha256: loose.sha256, outcome, loose, isToRemove: false };
  }

  takeOver(target: Target, { outcome, loose }: Found): OutcomeInPlace | undefined {
    if (loose !== undefined) this.#store.remember(target, loose);
    return outcome;
  }

  loadLooseCopy(): undefined {
    return undefined;
  }

  newBody(target: Target): CrateBody {
    return this.#store.newBody(target);
  }

  release(target: Target, body: CrateBody, isKept: boolean): void {
    this.#store.release(target, body, isKept);
  }

  place({ target, body, sha256, status }: Verified, done: (result: Outcome | StoreError) => void): void {
    let size: number;
    try {
      ({ size } = this.#store.place(target, body, sha256));
    } catch (error) {
      body.discard();
      done(error as StoreError);
      return;
    }
    done({ status, size, sha256, storage: 'filesystem', bundle: null });
  }

  handOver(): void {
    // Nothing is ever queued.
  }

  flush(): void {
    this.#store.flush();
  }
}
