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

/** Within an unfinished parcel: the plan from which it is built. */
const PLAN_NAME = 'plan.json';
const BUNDLES = 'bundles';

/** An unfinished parcel: a directory with a temporary name beside its final place. */
export class Staging {
  /** Path until it is published. */
  readonly directory: string;
  /** Final path. */
  readonly target: string;

  /**
   * Creates the directory for a new parcel. If a killed run left a parcel with the same plan, its
   * directory is reused with only its bundles. All other remains of killed runs are removed.
   *
   * @param plan everything that its bundles depend on, as text
   * @throws UsageError if the directory cannot be written, or the parcel already exists
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

  /**
   * Creates the directory for a part of a parcel. Leaves remains that a run could resume untouched.
   */
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

  /** Directory in which bundles are built. */
  get bundles(): string {
    return this.at(BUNDLES);
  }

  /** Whether it contains something that another run could resume. */
  get hasBundles(): boolean {
    return existsSync(this.bundles) && readdirSync(this.bundles).some(isBundleFile);
  }

  at(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** Removes a file that is only needed while the parcel is built. */
  remove(name: string): void {
    rmSync(this.at(name), { recursive: true, force: true });
  }

  /** Removes all bundles. */
  clear(): void {
    this.remove(BUNDLES);
  }

  /** Gives the complete parcel its final name. */
  publish(): void {
    this.remove(PLAN_NAME);
    flushDirectory(this.directory);
    renameNew(this.directory, this.target);
  }

  /** Removes the directory if it was not published. */
  discard(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @throws UsageError if nothing can be written */
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
 * Removes remains of killed runs, except for one with this plan.
 *
 * @param plan undefined to keep all remains that have a plan
 * @returns the path of the matching one
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

/** Removes everything but the bundles. A kill may have left some of them in volumes already. */
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
