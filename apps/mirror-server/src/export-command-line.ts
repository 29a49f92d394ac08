import {
  type CommandSpec,
  type Given,
  type OptionValues,
  parseCommand,
  SHARED_OPTIONS,
  VERSION,
} from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { parsePublicUrl } from '@crates-mirror/layout/options';
import { parseMostRemovals } from '@crates-mirror/removals/limit';
import { parseS3Address } from '@crates-mirror/s3/address';
import { S3_FLAGS, S3_OPTIONS, s3Options } from '@crates-mirror/s3/options';
import type { BucketSite, ExportOptions } from './options.ts';
import { isBlank, MIRROR_OPTIONS, mirrorOptions } from './shared-options.ts';

const EXPORT = 'Export';

const EXAMPLES = `Example:
  crates-mirror-server export --mirror mirror --index-dir crates.io-index \\
      --public-url https://mirror.example --out site
      site/index and site/crates, to be served at https://mirror.example
  crates-mirror-server export --mirror mirror --index-dir crates.io-index \\
      --public-url https://mirror.example --site s3://bucket/prefix
      the same as objects of a bucket

A rerun changes what has changed. Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const EXPORT_COMMAND = {
  name: 'crates-mirror-server export',
  version: VERSION,
  description: 'Writes a mirror as plain files that any web server can serve to cargo.',
  options: [
    ...MIRROR_OPTIONS,
    {
      flags: '--out <dir>',
      description: 'where to write the files',
      group: EXPORT,
      storeHint: 'Give it as --site',
    },
    {
      flags: '--site <address>',
      description: 'write to an object store instead, like s3://bucket/prefix',
      group: EXPORT,
    },
    {
      flags: '--cache-dir <dir>',
      description: 'with --site: local cache of the state of its objects; may be deleted',
      group: EXPORT,
      defaultText: 'in ~/.cache/crates-mirror',
    },
    {
      flags: '--public-url <url>',
      description: 'URL at which clients will reach the site',
      group: EXPORT,
      parse: parsePublicUrl,
    },
    {
      flags: '--require-existing',
      description: 'refuse to start a new site: its file system may not be mounted',
      group: EXPORT,
    },
    {
      flags: '--manifest <file>',
      description: "the downloader's manifest; explains why crate files are not in the mirror",
      group: EXPORT,
    },
    {
      flags: '--files <how>',
      description: 'hard links to loose crate files where the file system supports them, or copies',
      group: EXPORT,
      default: 'link',
      choices: ['link', 'copy'],
    },
    {
      flags: '--prune',
      description: 'remove files from --out/crates that no entry of the index names',
      group: EXPORT,
    },
    {
      flags: '--on-removed <what>',
      description: 'what to do with crate files of versions that left the index',
      group: EXPORT,
      default: 'delete',
      choices: ['keep', 'delete'],
    },
    {
      flags: '--max-removals <n>',
      description: 'publish nothing if more would be deleted: a number, or a percentage of the site',
      group: EXPORT,
      default: '1%',
      parse: parseMostRemovals,
    },
    {
      flags: '--repair',
      description: "restore damaged or missing crate files of --mirror from the site's good copies",
      group: EXPORT,
    },
    ...S3_OPTIONS,
    ...SHARED_OPTIONS,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

type RawValues = OptionValues<typeof EXPORT_COMMAND.options>;

/** @throws UsageError */
export function parseExportOptions(argv: readonly string[]): ExportOptions {
  const { values: raw, given } = parseCommand(EXPORT_COMMAND, argv);
  const { publicUrl, manifest, files, logFormat, logLevel, progressInterval, progressEvery } = raw;
  const { prune = false, repair = false, onRemoved, maxRemovals } = raw;
  const { out, bucket } = siteOf(raw, given);
  if (publicUrl === undefined)
    throw new UsageError('--public-url is missing: cargo needs the URL of the crate files', {
      hint: 'Give the URL that --out will be served at, like https://mirror.example',
    });
  const mirror = mirrorOptions(raw, given);
  if (repair && bucket !== undefined)
    throw new UsageError('--repair copies files from a site in a directory, and --site is none', {
      hint: "The downloader's next full run fetches damaged files anew",
    });
  if (repair && mirror.mirror === undefined)
    throw new UsageError('--repair needs --mirror: crate files are put back as loose ones', {
      hint: "Name the downloader's --out; its next full run fetches damaged bundles anew",
    });
  if (onRemoved === 'keep' && (prune || given.has('maxRemovals')))
    throw new UsageError(`--on-removed keep and --${prune ? 'prune' : 'max-removals'} exclude each other`);
  return {
    ...mirror,
    out,
    bucket,
    publicUrl,
    requireExisting: raw.requireExisting === true,
    manifest: isBlank(manifest) ? undefined : manifest,
    files,
    prune,
    repair,
    onRemoved,
    maxRemovals,
    logFormat,
    logLevel,
    progressInterval,
    progressEvery,
  };
}

/** Options that have no effect without --site. */
const BUCKET_ONLY = [['cacheDir', '--cache-dir'], ...S3_FLAGS] as const;

/** @throws UsageError */
function siteOf(raw: RawValues, given: Given<RawValues>): Pick<ExportOptions, 'out' | 'bucket'> {
  const { out, site, cacheDir } = raw;
  if (site === undefined) {
    if (isBlank(out))
      throw new UsageError('--out is missing: where should the files go?', {
        hint: 'See crates-mirror-server export --help',
      });
    const [, option] = BUCKET_ONLY.find(([name]) => given.has(name)) ?? [];
    if (option !== undefined) throw new UsageError(`${option} is for --site`, { hint: 'Leave it out' });
    return { out: out as string, bucket: undefined };
  }
  for (const [name, option] of [
    ['out', '--out'],
    ['files', '--files'],
  ] as const)
    if (given.has(name)) throw new UsageError(`${option} and --site exclude each other`);
  if (cacheDir?.trim() === '') throw new UsageError('--cache-dir: the value is empty');
  return { out: site, bucket: bucketOf(site, raw) };
}

function bucketOf(site: string, raw: RawValues): BucketSite {
  const address = parseS3Address('--site', site);
  return { address, s3: s3Options(raw), environment: process.env, cacheDirectory: raw.cacheDir };
}
