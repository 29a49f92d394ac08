import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import {
  flushDirectory,
  makeDirectories,
  partialName,
  remainderOf,
  renameNew,
} from '@crates-mirror/fs-atomic';
import { isUnderWay } from '@crates-mirror/fs-atomic/small-files';
import { isParcelName, parcelName } from '../parcel/names.ts';

/** A parcel until it is whole: a directory under a temporary name, beside where it will be. */
export class Staging {
  /** Where it is until it is published. */
  readonly directory: string;
  /** Where it will be. */
  readonly target: string;

  /**
   * Makes the directory, and removes what killed runs left beside it.
   *
   * @param isNew whether the parcel must not be there yet
   * @throws UsageError where nothing can be written, or the parcel is there already
   */
  static open(to: string, sequence: number, isNew: boolean): Staging {
    const target = join(to, parcelName(sequence));
    try {
      makeDirectories(to);
      removeRemainders(to);
      if (isNew && existsSync(target))
        throw new UsageError(`--to: ${target} is there already`, {
          hint: 'Name another directory, or remove it if it was never carried over',
        });
      return new Staging(target);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`--to: cannot write to ${to}: ${errorMessage(error)}`, writeHint(error));
    }
  }

  private constructor(target: string) {
    this.target = target;
    this.directory = partialName(target);
    mkdirSync(this.directory);
  }

  at(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** Removes what is only needed while the parcel is made. */
  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }

  /** Gives the parcel its name, with all that is in it. */
  publish(): void {
    flushDirectory(this.directory);
    renameNew(this.directory, this.target);
  }

  /** Removes what was not published. */
  discard(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Of parcels alone, whose runs are no more. */
function removeRemainders(to: string): void {
  for (const name of readdirSync(to)) {
    const path = join(to, name);
    if (isParcelName(remainderOf(name) ?? '') && !isUnderWay(path))
      rmSync(path, { recursive: true, force: true });
  }
}
