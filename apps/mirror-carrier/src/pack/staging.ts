import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import {
  flushDirectory,
  makeDirectories,
  partialName,
  remainderOf,
  renameNew,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { isUnderWay } from '@crates-mirror/fs-atomic/small-files';
import { isBundleFile, isParcelName, parcelName, VOLUME_NAME } from '../parcel/names.ts';

/** Within a parcel under way: what it is made of. */
const PLAN_NAME = 'plan.json';
const BUNDLES = 'bundles';

/** A parcel until it is whole: a directory under a temporary name, beside where it will be. */
export class Staging {
  /** Where it is until it is published. */
  readonly directory: string;
  /** Where it will be. */
  readonly target: string;

  /**
   * Makes the directory for a new parcel. What a killed run has left of a parcel with the same plan becomes that directory, with its
   * bundles and nothing else; all other remainders of killed runs are removed.
   *
   * @param plan all that its bundles depend on, as text
   * @throws UsageError where nothing can be written, or the parcel is there already
   */
  static open(to: string, sequence: number, plan: string): Staging {
    const target = join(to, parcelName(sequence));
    return writing(to, () => {
      const remainder = takeRemainders(to, parcelName(sequence), plan);
      if (existsSync(target))
        throw new UsageError(`--to: ${target} is there already`, {
          hint: 'Name another directory, or remove it if it was never carried over',
        });
      const staging = new Staging(target, remainder);
      writeFileAtomic(staging.at(PLAN_NAME), plan);
      return staging;
    });
  }

  /** The same for a part of a parcel. What a run could go on with stays as it is. */
  static openPart(to: string, sequence: number): Staging {
    return writing(to, () => {
      takeRemainders(to, parcelName(sequence), undefined);
      return new Staging(join(to, parcelName(sequence)), undefined);
    });
  }

  private constructor(target: string, remainder: string | undefined) {
    this.target = target;
    this.directory = partialName(target);
    if (remainder === undefined) mkdirSync(this.directory);
    else {
      if (remainder !== this.directory) renameSync(remainder, this.directory);
      keepBundles(this.directory);
    }
  }

  /** Where bundles are made. */
  get bundles(): string {
    return this.at(BUNDLES);
  }

  /** Whether there is something in it that another run could go on with. */
  get hasBundles(): boolean {
    return existsSync(this.bundles) && readdirSync(this.bundles).some(isBundleFile);
  }

  at(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** Removes what is only needed while the parcel is made. */
  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }

  /** Removes all bundles. */
  clear(): void {
    this.remove(BUNDLES);
  }

  /** Gives the parcel its name, with all that is in it. */
  publish(): void {
    this.remove(PLAN_NAME);
    flushDirectory(this.directory);
    renameNew(this.directory, this.target);
  }

  /** Removes what was not published. */
  discard(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @throws UsageError where nothing can be written */
function writing<T>(to: string, how: () => T): T {
  try {
    makeDirectories(to);
    return how();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--to: cannot write to ${to}: ${errorMessage(error)}`, writeHint(error));
  }
}

/**
 * Removes what killed runs left of parcels, but for one that has this plan.
 *
 * @param plan undefined to leave alone all that have one
 * @returns where the one is
 */
function takeRemainders(to: string, parcel: string, plan: string | undefined): string | undefined {
  let taken: string | undefined;
  for (const name of readdirSync(to)) {
    const path = join(to, name);
    const of = name === basename(partialName(parcel)) ? parcel : remainderOf(name);
    if (of === undefined || !isParcelName(of) || isUnderWay(path)) continue;
    const found = planOf(path);
    if (taken === undefined && of === parcel && plan !== undefined && found === plan) taken = path;
    else if (plan !== undefined || found === undefined) rmSync(path, { recursive: true, force: true });
  }
  return taken;
}

function planOf(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, PLAN_NAME), 'utf8');
  } catch {
    return undefined;
  }
}

/** Removes all but the bundles, of which a kill may have left some in volumes already. */
function keepBundles(directory: string): void {
  const bundles = join(directory, BUNDLES);
  makeDirectories(bundles);
  for (const volume of readdirSync(directory).filter((name) => VOLUME_NAME.test(name)))
    for (const name of readdirSync(join(directory, volume)).filter(isBundleFile))
      if (!existsSync(join(bundles, name))) renameSync(join(directory, volume, name), join(bundles, name));
  for (const name of readdirSync(directory))
    if (name !== BUNDLES && name !== PLAN_NAME)
      rmSync(join(directory, name), { recursive: true, force: true });
}
