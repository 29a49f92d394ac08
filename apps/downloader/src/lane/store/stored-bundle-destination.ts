import type { MirrorHome } from '@crates-mirror/layout/mirror-home';
import { Bodies } from '../fetch/bodies.ts';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { Outcome, OutcomeInPlace, Target } from '../target.ts';
import type { BucketDestination } from './bucket-destination.ts';
import type { BundleDestination } from './bundle-destination.ts';
import type { Destination, Found, Verified } from './destination.ts';
import type { LooseCopies } from './loose-copies.ts';
import type { StoreError } from './store-error.ts';

/**
 * Bundles that become objects of a bucket. Crate files that the bucket has as objects of their own
 * count as in place, and stay.
 */
export class StoredBundleDestination implements Destination {
  readonly #bundles: BundleDestination;
  readonly #objects: BucketDestination;

  /** @param bundles without loose copies */
  constructor(bundles: BundleDestination, objects: BucketDestination) {
    this.#bundles = bundles;
    this.#objects = objects;
  }

  get isBusy(): boolean {
    return this.#bundles.isBusy;
  }

  find(target: Target): Found | undefined {
    return this.#bundles.find(target) ?? this.#objects.find(target);
  }

  takeOver(_target: Target, { outcome }: Found): OutcomeInPlace | undefined {
    return outcome;
  }

  loadLooseCopy(): undefined {
    return undefined;
  }

  newBody(target: Target): CrateBody {
    return this.#bundles.newBody(target);
  }

  release(target: Target, body: CrateBody, isKept: boolean): void {
    this.#bundles.release(target, body, isKept);
  }

  place(verified: Verified, done: (result: Outcome | StoreError) => void): void {
    this.#bundles.place(verified, done);
  }

  handOver(): void {
    this.#bundles.handOver();
  }

  flush(): void {
    this.#bundles.flush();
  }
}

/** A mirror in a bucket has no loose files here, only the bodies that are under way. */
export function noLooseCopies(home: MirrorHome): LooseCopies {
  const bodies = new Bodies(home);
  const never = (): never => {
    throw new Error('a loose copy of a mirror in a bucket');
  };
  return {
    find: () => undefined,
    remember: () => {},
    flush: () => {},
    newBody: (target) => bodies.newBody(target),
    release: (target, body, isKept) => bodies.release(target, body, isKept),
    ...{ load: never, remove: never, place: never, write: never },
  };
}
