import { join } from 'node:path';
import type { Given, OptionSpec, OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import type { BundleOptions } from './options.ts';

const BUNDLES = 'Bundles';
/** bytes */
const MIN_BUNDLE = 1e6;
const MAX_BUNDLE = 1e14;
/** bytes. S3 has at most 10,000 parts in an object, and one of them at a time is in memory. */
const MAX_STORED_BUNDLE = 150e9;

/** The folder of a cache directory for bundles that are not stored yet. */
const STORED_FROM = 'bundles';

/** The command-line options for bundles. */
export const BUNDLE_OPTIONS = [
  {
    flags: '--bundle',
    description: 'store crate files in rolling .tar.zst archives',
    group: BUNDLES,
  },
  {
    flags: '--bundle-size-gb <n>',
    description: 'size of a bundle in GB (10^9 bytes), fractions allowed',
    group: BUNDLES,
    default: '8',
    parse: parseGigabytes,
  },
  { flags: '--bundles-out <dir>', description: 'where to write bundles', group: BUNDLES, default: 'bundles' },
  {
    flags: '--bundle-mode <mode>',
    description: 'only: bundles instead of loose files; add: both',
    group: BUNDLES,
    default: 'only',
    choices: ['only', 'add'],
  },
] as const satisfies readonly OptionSpec[];

type RawBundle = OptionValues<typeof BUNDLE_OPTIONS>;

/**
 * @param given the options that were given explicitly
 * @param cache the local directory of a mirror in an object store; undefined for another mirror
 * @throws UsageError
 */
export function bundleOf(
  raw: RawBundle,
  given: Given<RawBundle>,
  cache: string | undefined,
): BundleOptions | undefined {
  if (raw.bundle !== true) {
    for (const [name, option] of [
      ['bundleSizeGb', '--bundle-size-gb'],
      ['bundlesOut', '--bundles-out'],
      ['bundleMode', '--bundle-mode'],
    ] as const) {
      if (given.has(name))
        throw new UsageError(`${option} does nothing without --bundle`, {
          hint: 'Add --bundle, or crate files become loose files',
        });
    }
    return undefined;
  }
  if (raw.bundlesOut.trim() === '') throw new UsageError('--bundles-out: the value is empty');
  if (cache !== undefined && raw.bundleSizeGb > MAX_STORED_BUNDLE)
    throw new UsageError('--bundle-size-gb: a bundle in an object store has at most 150 GB');
  const directory = cache === undefined ? raw.bundlesOut : join(cache, STORED_FROM);
  return { mode: raw.bundleMode, directory, sizeLimit: raw.bundleSizeGb };
}

/** @returns bytes */
function parseGigabytes(text: string): number {
  const bytes = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Math.round(Number(text) * 1e9) : Number.NaN;
  if (!(bytes >= MIN_BUNDLE && bytes <= MAX_BUNDLE)) {
    throw new UsageError(`'${text}' is not a size in GB from 0.001 to 100000`);
  }
  return bytes;
}
