import { join } from 'node:path';
import { readMembers } from '@crates-mirror/bundle';
import { describeError, UsageError } from '@crates-mirror/errors';
import { type Layout, mirrorHome } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { keyOfFile, type Removal } from '@crates-mirror/removals';
import { checkNotTooMany, confirm, planned } from '@crates-mirror/removals/going';
import type { RemovalPlace } from '@crates-mirror/removals/places';
import type { UnpackOptions } from '../options.ts';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { volumeName } from '../parcel/names.ts';
import { type RemovalInstruction, readRemovals } from '../parcel/removal-list.ts';
import { checkedCopy, filesOfKind } from './checked-copy.ts';
import { findInstructed, type Instructed } from './find-instructed.ts';
import { hasRemovals, removalPlaces } from './removal-places.ts';

const MAX_NAMED = 50;

/** Applies the instructions of parcels to remove crate files, as the receiver's own policy says. */
export class FarRemovals {
  readonly #options: UnpackOptions;
  readonly #logger: Logger;
  #removed = 0;

  constructor(options: UnpackOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  /**
   * Must be called before anything is changed. Asks before crate files are deleted.
   *
   * @throws UsageError if too many crate files would be removed, or the operator says no
   */
  async check(parcels: readonly FoundParcel[], layout: Layout, signal: AbortSignal): Promise<void> {
    const { onRemoved, maxRemovals, isConfirmed } = this.#options;
    if (onRemoved === 'keep') return;
    const instructions = parcels.flatMap((parcel) =>
      filesOfKind(parcel, 'removals').flatMap(([volume, { name }]) => [
        ...readRemovals(join(parcel.directory, volumeName(volume), name)),
      ]),
    );
    if (instructions.length === 0) return;
    const places = removalPlaces(this.#options);
    try {
      const gone = this.#find(instructions, places, layout, false).flatMap(({ files }) => files);
      if (gone.length === 0) return;
      checkNotTooMany({ gone, held: count(places) }, maxRemovals, 'the parcel');
      if (onRemoved === 'delete' && !isConfirmed && !(await confirm(gone, signal)))
        throw new UsageError('nothing is unpacked: crate files would have been deleted', {
          hint: 'Give --on-removed keep or quarantine, to have them for some time',
        });
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(describeError(error), { cause: error });
    } finally {
      close(places);
    }
  }

  /**
   * Completes removals that a kill interrupted, and those of replaced files. The caller holds the
   * locks.
   *
   * @returns how many were completed
   */
  complete(): number {
    if (!hasRemovals(this.#options)) return 0;
    const places = removalPlaces(this.#options);
    let completed = 0;
    for (const { remover } of places) completed += this.#report(remover.complete());
    close(places);
    return completed;
  }

  /**
   * Serves members of new bundles again that were withdrawn with an older one. Must be called
   * before the index names them.
   */
  takeBack({ manifest }: FoundParcel): void {
    const { bundlesDir } = this.#options;
    if (bundlesDir === undefined || !hasRemovals(this.#options)) return;
    const places = removalPlaces(this.#options);
    const { journal } = places.at(-1) as RemovalPlace;
    const withdrawn = new Map(
      journal
        .removals('done')
        .filter(({ action }) => action === 'withdraw')
        .map((removal) => [keyOfFile(removal), [removal]]),
    );
    const back: Removal[] = [];
    if (withdrawn.size > 0)
      for (const bundle of manifest.bundles)
        for (const member of readMembers(join(bundlesDir, bundle.manifest)))
          back.push(...(withdrawn.get(keyOfFile(member)) ?? []));
    journal.mark(back, 'restored', 'run');
    close(places);
  }

  /** Removes what a parcel says, after its index was applied. @returns how many were removed */
  async apply(parcel: FoundParcel, layout: Layout, isStopped: () => boolean): Promise<number> {
    let removed = this.complete();
    const { onRemoved, mirror } = this.#options;
    if (onRemoved === 'keep') return removed;
    const { temporaryDirectory } = mirrorHome(mirror);
    for (const [volume, file] of filesOfKind(parcel, 'removals')) {
      const copy = await checkedCopy(parcel, volume, file, temporaryDirectory);
      const places = removalPlaces(this.#options);
      try {
        const found = this.#find(readRemovals(copy.temporaryPath), places, layout, true);
        for (const { place, files } of found) {
          const removals = files.map((one) => planned(one, onRemoved));
          removed += this.#report(place.remover.remove(removals, isStopped));
        }
      } finally {
        copy.discard();
        close(places);
      }
    }
    return removed;
  }

  #find(
    instructions: Iterable<RemovalInstruction>,
    places: readonly RemovalPlace[],
    layout: Layout,
    isDone: boolean,
  ): readonly Instructed[] {
    return findInstructed(instructions, places, { layout, index: this.#options.indexDir, isDone });
  }

  #report(removals: readonly Removal[]): number {
    for (const { name, version, action, why, path, to } of removals) {
      this.#removed += 1;
      const where = to === null ? path : `${path} is now ${to}`;
      const word = { quarantine: 'quarantined', delete: 'deleted', withdraw: 'withdrawn' }[action];
      this.#logger[this.#removed > MAX_NAMED ? 'debug' : 'info'](
        `${word}: ${name} ${version} (${why}): ${where}`,
      );
    }
    return removals.length;
  }
}

function count(places: readonly RemovalPlace[]): number {
  let held = 0;
  for (const { holder } of places)
    for (const shard of holder.shards()) for (const _ of holder.files(shard)) held += 1;
  return held;
}

function close(places: readonly RemovalPlace[]): void {
  for (const { journal } of places) journal.close();
}
