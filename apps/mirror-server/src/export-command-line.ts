import { type CommandSpec, parseCommand, SHARED_OPTIONS, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { parseMostRemovals } from '@crates-mirror/removals/limit';
import type { ExportOptions } from './options.ts';
import { isBlank, MIRROR_OPTIONS, mirrorOptions, parsePublicUrl } from './shared-options.ts';

const EXPORT = 'Export';

const EXAMPLES = `Example:
  crates-mirror-server export --mirror mirror --index-dir crates.io-index \\
      --public-url https://mirror.example --out site
      site/index and site/crates, to be served at https://mirror.example

A rerun changes what has changed. Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const EXPORT_COMMAND = {
  name: 'crates-mirror-server export',
  version: VERSION,
  description: 'Writes a mirror as plain files that any web server can hand out to cargo.',
  options: [
    ...MIRROR_OPTIONS,
    { flags: '--out <dir>', description: 'where the files go', group: EXPORT },
    {
      flags: '--public-url <url>',
      description: 'how clients will reach that directory',
      group: EXPORT,
      parse: parsePublicUrl,
    },
    {
      flags: '--require-existing',
      description: 'refuse to begin a new site: its file system may not be mounted',
      group: EXPORT,
    },
    {
      flags: '--manifest <file>',
      description: "the downloader's manifest, to tell why crate files are not in the mirror",
      group: EXPORT,
    },
    {
      flags: '--files <how>',
      description: 'hard links to loose crate files where the file system can, or copies',
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
      description: 'keep or delete crate files of versions that have left the index',
      group: EXPORT,
      default: 'delete',
      choices: ['keep', 'delete'],
    },
    {
      flags: '--max-removals <n>',
      description: 'publish nothing where more than that would be deleted: a number, or a share of the site',
      group: EXPORT,
      default: '1%',
      parse: parseMostRemovals,
    },
    {
      flags: '--repair',
      description: "put the site's good copies back where crate files of --mirror are damaged or gone",
      group: EXPORT,
    },
    ...SHARED_OPTIONS,
  ],
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseExportOptions(argv: readonly string[]): ExportOptions {
  const { values: raw, given } = parseCommand(EXPORT_COMMAND, argv);
  const { out, publicUrl, manifest, files, logFormat, logLevel, progressInterval, progressEvery } = raw;
  const { prune = false, repair = false, onRemoved, maxRemovals } = raw;
  if (isBlank(out))
    throw new UsageError('--out is missing: where should the files go?', {
      hint: 'See crates-mirror-server export --help',
    });
  if (publicUrl === undefined)
    throw new UsageError('--public-url is missing: cargo has to be told where the crate files will be', {
      hint: 'Give the URL that --out will be served at, like https://mirror.example',
    });
  const mirror = mirrorOptions(raw, given);
  if (repair && mirror.mirror === undefined)
    throw new UsageError('--repair needs --mirror: crate files are put back as loose ones', {
      hint: "Name the downloader's --out; what is damaged in bundles, its next full run fetches anew",
    });
  if (onRemoved === 'keep' && (prune || given.has('maxRemovals')))
    throw new UsageError(`--on-removed keep and --${prune ? 'prune' : 'max-removals'} exclude each other`);
  return {
    ...mirror,
    out: out as string,
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
