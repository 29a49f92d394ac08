import { existsSync, lstatSync, opendirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { bundleNumber, CATALOG_NAME } from '@crates-mirror/bundle/names';
import { UsageError, unreadable } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import type { S3Address } from '@crates-mirror/s3/address';
import type { HasherOptions } from './options.ts';
import { outputNames, stagingName } from './outputs/names.ts';

/** The paths that a run reads and writes. */
export interface Places {
  /** Absolute, with symbolic links resolved; of objects, the name of their prefix or bucket. */
  readonly root: string;
  readonly outDir: string;
  readonly prefix: string;
  /** Whether to make an archive. */
  readonly tar: boolean;
}

/** @throws UsageError if they are invalid */
export function findPlaces(options: HasherOptions): Places {
  return options.bucket === undefined
    ? directoryPlaces(options)
    : bucketPlaces(options, options.bucket.address);
}

/** Outputs about objects go into the working directory, with the name of the prefix or the bucket. */
function bucketPlaces({ outDir, outPrefix }: HasherOptions, { bucket, prefix }: S3Address): Places {
  const root = prefix === '' ? bucket : basename(prefix);
  return { root, outDir: resolve(outDir ?? '.'), prefix: outPrefix ?? root, tar: false };
}

function directoryPlaces({ dir, outDir, outPrefix, ...options }: HasherOptions): Places {
  const root = realDirectory(dir);
  if (isEmpty(root))
    throw new UsageError(`--dir: ${dir} is empty: there is nothing to hash`, {
      hint: 'Is its file system mounted?',
    });
  const name = basename(root);
  const prefix = outPrefix ?? name;
  if (prefix === '') throw new UsageError(`${dir} has no name`, { hint: 'Give --out-prefix' });
  if (outDir === undefined && dirname(root) === root)
    throw new UsageError(`there is nothing beside ${dir}`, { hint: 'Give --out-dir' });
  const out = resolve(outDir ?? dirname(root));
  const realOut = realFuture(out);
  if (realOut === root)
    throw new UsageError(`--out-dir: ${out} is the directory to be hashed, and outputs would be hashed too`, {
      hint: 'Give another --out-dir',
    });
  if (isInside(root, realOut))
    throw new UsageError(`--out-dir: ${out} is inside ${dir}, where outputs would be hashed too`, {
      hint: 'Give another --out-dir',
    });
  const staging = join(out, stagingName(prefix));
  const realStaging = realFuture(staging);
  if (realStaging === root || isInside(root, realStaging))
    throw new UsageError(
      `${staging} is to hold the outputs while they are made, and they would be hashed too`,
      {
        hint: 'Give another --out-prefix or --out-dir',
      },
    );
  const tar = options.tar ?? !hasOnlyBundles(root);
  const { toml } = outputNames(prefix);
  if (tar && lstatSync(join(root, toml), { throwIfNoEntry: false }) !== undefined)
    throw new UsageError(
      `${join(dir, toml)} is there already, and the archive is to have its metadata under that name`,
      {
        hint: 'Give another --out-prefix, or --no-tar',
      },
    );
  return { root, outDir: out, prefix, tar };
}

/** @throws UsageError if it is not a readable directory */
export function realDirectory(dir: string): string {
  try {
    const real = realpathSync(dir);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw unreadable('--dir', dir, error);
  }
  throw new UsageError(`--dir: ${dir} is no directory`);
}

/** @throws UsageError if it cannot be read */
function isEmpty(directory: string): boolean {
  try {
    const entries = opendirSync(directory);
    try {
      return entries.readSync() === null;
    } finally {
      entries.closeSync();
    }
  } catch (error) {
    throw unreadable('--dir', directory, error);
  }
}

/**
 * Whether a directory contains nothing but bundles, which are archives already, and have their own
 * checksums.
 */
function hasOnlyBundles(directory: string): boolean {
  if (!existsSync(join(directory, CATALOG_NAME))) return false;
  const isOfBundles = (name: string): boolean =>
    name === CATALOG_NAME || name === HOME_DIRECTORY || bundleNumber(name) !== undefined;
  return readdirSync(directory).every(isOfBundles);
}

function isInside(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Resolves symbolic links in a path of which only the beginning may exist. */
function realFuture(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realFuture(dirname(path)), basename(path));
}
