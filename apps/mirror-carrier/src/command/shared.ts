import { type OptionSpec, repeatable, SHARED_OPTIONS, type SharedOptions } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';

export const PROGRAM = 'crates-mirror-carrier';
export const EXIT_CODES =
  'Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.';
export const CARRIED = 'Parcels';
export const MIRROR = 'Mirror';
export const STORE_HINT =
  'Use a directory; crates-mirror-server export --site writes an unpacked mirror to a store';

export const FROM = {
  flags: '--from <dir>',
  description: 'a parcel, or a directory of parcels',
  group: CARRIED,
} as const satisfies OptionSpec;

export const TRUST = {
  flags: '--trust <file>',
  description: 'public key (ASCII armor) to trust; may be repeated',
  group: CARRIED,
  ...repeatable(notEmpty),
} as const satisfies OptionSpec;

export const LOGGING = SHARED_OPTIONS;

/** @throws UsageError */
function notEmpty(text: string): string {
  if (text.trim() === '') throw new UsageError('the value is empty');
  return text;
}

/** The value of a mandatory option. @param question what it is for @throws UsageError */
export function required(option: string, value: string | undefined, question: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new UsageError(`${option} is missing: ${question}`, { hint: 'See --help' });
}

/** The value of an optional option. @throws UsageError if it is empty */
export function optional(option: string, value: string | undefined): string | undefined {
  if (value?.trim() === '') throw new UsageError(`${option}: the value is empty`);
  return value;
}

export function sharedOf({
  logFormat,
  logLevel,
  progressInterval,
  progressEvery,
}: SharedOptions): SharedOptions {
  return { logFormat, logLevel, progressInterval, progressEvery };
}
