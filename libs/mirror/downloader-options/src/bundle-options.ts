import type { Given, OptionSpec, OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import type { BundleOptions } from './options.ts';

const BUNDLES = 'Bundles';
/** bytes */
const MIN_BUNDLE = 1e6;
const MAX_BUNDLE = 1e14;

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

/** @param given the options that were given explicitly. @throws UsageError */
export function bundleOf(raw: RawBundle, given: Given<RawBundle>): BundleOptions | undefined {
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
  return { mode: raw.bundleMode, directory: raw.bundlesOut, sizeLimit: raw.bundleSizeGb };
}

/** @returns bytes */
function parseGigabytes(text: string): number {
  const bytes = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Math.round(Number(text) * 1e9) : Number.NaN;
  if (!(bytes >= MIN_BUNDLE && bytes <= MAX_BUNDLE)) {
    throw new UsageError(`'${text}' is not a size in GB from 0.001 to 100000`);
  }
  return bytes;
}
