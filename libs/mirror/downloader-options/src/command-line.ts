import { type CommandSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import { checkSeparate, type NamedFile } from '@crates-mirror/cli/separate-files';
import { OWN_DIRECTORY } from '@crates-mirror/layout/options';
import { placeOf } from './bucket-place.ts';
import { bundleOf } from './bundle-options.ts';
import { checkCombination, checkNames } from './combinations.ts';
import { DOWNLOADER_OPTIONS } from './option-table.ts';
import type { DownloaderOptions, Source } from './options.ts';
import { checkPlaces, filesOf, notEmpty, sourceOf } from './places.ts';
import { removalsOf } from './removals.ts';
import { manifestOf } from './shard-options.ts';
import { transferOf } from './transfer.ts';

const EXAMPLES = `Examples:
  crates-mirror-downloader --sample
      mirror the embedded sample registry, to see how it works
  crates-mirror-downloader --sample --bundle --dry-run
      try other options on the sample
  crates-mirror-downloader --index-dir crates.io-index --out mirror --contact you@example.org
      mirror crates.io
  crates-mirror-downloader --index-dir crates.io-index --out mirror --limit 10000
      the first 10,000 crate files of it
  crates-mirror-downloader --index-dir crates.io-index --out mirror --dry-run
      print what would be downloaded, with its size
  crates-mirror-downloader --index-dir crates.io-index --bundle --bundles-out bundles
      mirror crates.io into archives of 8 GB
  crates-mirror-downloader --list urls.txt --checksums sums.jsonl --out mirror
      mirror a list of URLs

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed (see the manifest), 2 wrong usage or input, 130 interrupted.`;

export const DOWNLOADER_COMMAND = {
  name: 'crates-mirror-downloader',
  version: VERSION,
  description: 'Mirrors crates.io: every crate file, verified against the index, resumable.',
  options: DOWNLOADER_OPTIONS,
  // A cron line that lost its arguments must fail visibly.
  needsArguments: true,
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/**
 * @param otherFiles files named by the caller's own command line
 * @param env environment variables for options missing in argv
 * @returns the options; without a source for --sample
 * @throws UsageError
 */
export function parseDownloaderOptions(
  argv: readonly string[],
  otherFiles: readonly NamedFile[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Omit<DownloaderOptions, 'source'> & { source?: Source } {
  const { values: raw, given } = parseCommand(DOWNLOADER_COMMAND, argv, env);
  const source = sourceOf(raw, given);
  checkNames(raw, given, source);
  checkSeparate([...filesOf(raw), ...otherFiles], OWN_DIRECTORY);
  checkCombination(raw, given, source);
  notEmpty('--out', raw.out);
  const place = placeOf(raw, given, env);
  const bundle = bundleOf(raw, given, place.bucket && place.out);
  checkPlaces({ ...raw, out: place.out }, source, bundle);
  return {
    ...(source === undefined ? {} : { source }),
    ...place,
    layout: raw.layout,
    requireExisting: raw.requireExisting === true,
    sampleIndex: raw.sampleIndex,
    verifyExisting: raw.verifyExisting === true,
    scrub: raw.scrub,
    explain: raw.explain,
    dryRun: raw.dryRun === true,
    sizeSample: raw.sizeSample,
    sizeSeed: raw.sizeSeed,
    advisories: raw.advisories,
    limit: raw.limit,
    shard: raw.shard,
    manifest: manifestOf(raw, new Date()),
    checksums: raw.checksums,
    ...transferOf(raw),
    removals: removalsOf(raw, given),
    deny: raw.deny,
    denied: [],
    restore: raw.restore,
    bundle,
    listen: raw.listen,
    retryOut: raw.retryOut,
    logPath: raw.logPath,
    logFormat: raw.logFormat,
    logLevel: raw.logLevel,
    progressInterval: raw.progressInterval,
    progressEvery: raw.progressEvery,
  };
}
