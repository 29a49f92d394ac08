import { availableParallelism } from 'node:os';
import {
  type Given,
  LOG_FORMAT,
  LOG_LEVEL,
  type OptionSpec,
  type OptionValues,
  PROGRESS_EVERY,
  PROGRESS_INTERVAL,
  type SharedOptions,
  wholeNumber,
} from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { ALGORITHM_NAMES, type AlgorithmName, isAlgorithmName } from '@crates-mirror/hashing/algorithms';
import { isS3, parseS3Address } from '@crates-mirror/s3/address';
import { type RawS3, S3_FLAGS, S3_OPTIONS, s3Options } from '@crates-mirror/s3/options';
import type { BucketOptions } from './options.ts';

const MAX_THREADS = 256;
const DEFAULT_INTERVAL = '3s';
const LOGGING = 'Logging and progress';

export const HASH_WORKERS = {
  flags: '--hash-workers <n>',
  description: 'hashing threads; more than the CPU cores do not help',
  group: 'Hashing',
  default: String(availableParallelism()),
  defaultText: 'CPU cores',
  parse: wholeNumber(1, MAX_THREADS),
} as const satisfies OptionSpec;

/** Options for a bucket as `--dir`. */
export const BUCKET_OPTIONS = [
  {
    flags: '--read',
    description: 'read every object of a bucket, instead of taking the checksums that the store has',
    group: 'Input',
  },
  ...S3_OPTIONS,
] as const satisfies readonly OptionSpec[];

type RawBucket = RawS3 & { readonly algorithms: readonly AlgorithmName[]; readonly read?: boolean };

/** @returns undefined if `dir` is a directory. @throws UsageError */
export function bucketOf(
  dir: string | undefined,
  raw: RawBucket,
  given: Given<RawBucket>,
): BucketOptions | undefined {
  if (dir === undefined || !isS3(dir)) {
    const [, option] = [['read', '--read'] as const, ...S3_FLAGS].find(([name]) => given.has(name)) ?? [];
    if (option !== undefined)
      throw new UsageError(
        `${option} is for objects, and --dir is a directory, whose files are always read`,
        {
          hint: 'Leave it out, or write --dir like s3://bucket/prefix',
        },
      );
    return undefined;
  }
  const read = raw.read === true;
  if (!read && given.has('algorithms') && raw.algorithms.length > 0)
    throw new UsageError('--algorithms are digests of all content, and only --read reads that of objects', {
      hint: 'Add --read',
    });
  return { address: parseS3Address('--dir', dir), s3: s3Options(raw), read };
}

/** The shared options, with this tool's default for progress output. */
export const LOGGING_OPTIONS = [
  { flags: '--verbose', description: 'log every file, as --log-level debug does', group: LOGGING },
  { flags: '--progress', description: 'show progress (the default)', group: LOGGING },
  { flags: '--no-progress', description: 'show no progress', group: LOGGING },
  LOG_FORMAT,
  LOG_LEVEL,
  { ...PROGRESS_INTERVAL, default: DEFAULT_INTERVAL },
  PROGRESS_EVERY,
] as const satisfies readonly OptionSpec[];

type RawLogging = OptionValues<typeof LOGGING_OPTIONS>;

export function loggingOf(raw: RawLogging, given: Given<RawLogging>): SharedOptions & { progress: boolean } {
  const progress = raw.progress !== false;
  // On a terminal, the bar suffices unless progress lines are requested.
  const isBarEnough = process.stderr.isTTY === true && !given.has('progressInterval');
  return {
    progress,
    logFormat: raw.logFormat,
    logLevel: raw.verbose === true ? 'debug' : raw.logLevel,
    progressInterval: progress && !isBarEnough ? raw.progressInterval : 0,
    progressEvery: progress ? raw.progressEvery : 0,
  };
}

/** Parses a list of algorithms; `all` and `none` are accepted, too. @throws UsageError */
export function parseAlgorithms(text: string): readonly AlgorithmName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const alone = names.find((name) => name === 'all' || name === 'none');
  if (alone !== undefined && names.length === 1) return alone === 'all' ? ALGORITHM_NAMES : [];
  if (alone !== undefined)
    throw new UsageError(`'${alone}' stands alone`, { hint: 'Leave it out, or the others' });
  const unknown = names.find((name) => !isAlgorithmName(name));
  if (unknown !== undefined)
    throw new UsageError(`there is no algorithm '${unknown}'`, {
      hint: `There are ${ALGORITHM_NAMES.join(', ')}; all; none`,
    });
  return ALGORITHM_NAMES.filter((name) => names.includes(name));
}
