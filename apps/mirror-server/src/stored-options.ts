import { byteSize, type Given, type OptionSpec, type OptionValues } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { parsePublicUrl } from '@crates-mirror/layout/options';
import { isS3, parseS3Address } from '@crates-mirror/s3/address';
import { type RawS3, S3_FLAGS, S3_OPTIONS, s3Options } from '@crates-mirror/s3/options';
import type { StoredOptions } from './options.ts';

const GROUP = 'Object store';

/** Options for a mirror in an object store. */
export const STORED_OPTIONS = [
  {
    flags: '--cache-dir <dir>',
    description: 'crate files read from an object store, on this disk; it may be lost',
    group: GROUP,
    defaultText: 'in ~/.cache/crates-mirror',
  },
  {
    flags: '--cache-size <size>',
    description: 'how much of them is kept: those used last',
    group: GROUP,
    default: '10GB',
    parse: byteSize({ least: 1e6, most: 1e15, text: '1MB to 1000TB' }),
  },
  {
    flags: '--redirect <to>',
    description:
      'send clients to the store for loose crate files: presigned, or the public URL of the mirror in it',
    group: GROUP,
    parse: parseRedirect,
  },
  ...S3_OPTIONS,
] as const satisfies readonly OptionSpec[];

type RawStored = Partial<OptionValues<typeof STORED_OPTIONS>> & RawS3;

/** Options that have no effect for a mirror on this machine. */
const STORED_ONLY = [
  ['cacheDir', '--cache-dir'],
  ['cacheSize', '--cache-size'],
  ['redirect', '--redirect'],
  ...S3_FLAGS,
] as const;

/** @returns undefined if the mirror is a directory, or there is none. @throws UsageError */
export function storedOptions(
  mirror: string | undefined,
  raw: RawStored & { readonly cacheSize: number },
  given: Given<RawStored>,
): StoredOptions | undefined {
  if (mirror === undefined || !isS3(mirror)) {
    const [, option] = STORED_ONLY.find(([name]) => given.has(name)) ?? [];
    if (option === undefined) return undefined;
    throw new UsageError(`${option} is for a mirror in an object store`, {
      hint: 'Leave it out, or give --mirror s3://bucket/prefix',
    });
  }
  const { cacheDir, cacheSize, redirect } = raw;
  if (cacheDir?.trim() === '') throw new UsageError('--cache-dir: the value is empty');
  return {
    address: parseS3Address('--mirror', mirror),
    s3: s3Options(raw),
    environment: process.env,
    cacheDirectory: cacheDir,
    cacheSize,
    redirect,
  };
}

/** @throws UsageError */
function parseRedirect(text: string): NonNullable<StoredOptions['redirect']> {
  return text === 'presigned' ? text : { url: parsePublicUrl(text) };
}
