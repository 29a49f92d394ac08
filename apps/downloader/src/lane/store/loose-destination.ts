import type { CrateBody } from '../fetch/crate-body.ts';
import type { Settlement, Target } from '../target.ts';
import type { CrateStore } from './crate-store.ts';
import type { Destination, Verified } from './destination.ts';
import type { StoreError } from './store-error.ts';

/** A tree of loose files. */
export class LooseDestination implements Destination {
  readonly isBusy = false;
  readonly #store: CrateStore;

  constructor(store: CrateStore) {
    this.#store = store;
  }

  find(target: Target): Settlement | undefined {
    const found = this.#store.find(target);
    return found === undefined ? undefined : { ...found, storage: 'filesystem', bundle: null };
  }

  loadLooseCopy(): undefined {
    return undefined;
  }

  newBody(): CrateBody {
    return this.#store.newBody();
  }

  place({ target, body, sha256, status }: Verified, done: (result: Settlement | StoreError) => void): void {
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
    // Nothing ever waits.
  }

  flush(): void {
    this.#store.flush();
  }
}
