import { type CommandSpec, type OptionSpec, parseCommand, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { ALGORITHM_NAMES } from '@crates-mirror/hashing/algorithms';
import { signingOf, signingOptions } from '@crates-mirror/signing/options';
import { compressLevelOption } from '@crates-mirror/zstd/options';
import {
  BUCKET_OPTIONS,
  bucketOf,
  HASH_WORKERS,
  LOGGING_OPTIONS,
  loggingOf,
  parseAlgorithms,
} from './common-options.ts';
import { parseTime } from './mtime.ts';
import type { HasherOptions } from './options.ts';

const INPUT = 'Input';
const OUTPUT = 'Output';
const HASHING = 'Hashing';

const OPTIONS = [
  {
    flags: '--dir <dir>',
    description: 'the directory to hash, or s3://bucket/prefix',
    group: INPUT,
    acceptsStore: true,
  },
  {
    flags: '--exclude <pattern...>',
    description: 'leave out paths that match, like cache or **/*.log; may be repeated',
    group: INPUT,
  },
  {
    flags: '--fail-fast',
    description: 'stop at the first file that cannot be read completely',
    group: INPUT,
  },
  {
    flags: '--out-dir <dir>',
    description: 'where to write the outputs (the parent directory of --dir)',
    group: OUTPUT,
  },
  {
    flags: '--out-prefix <name>',
    description: "prefix of the outputs' names (the directory's name)",
    group: OUTPUT,
  },
  {
    flags: '--tar',
    description: 'write an archive (the default, except for a folder of bundles)',
    group: OUTPUT,
  },
  { flags: '--no-tar', description: 'write no archive', group: OUTPUT },
  {
    flags: '--compress <method>',
    description: 'compress the archive',
    group: OUTPUT,
    default: 'none',
    choices: ['none', 'zstd'],
  },
  compressLevelOption('with --compress zstd', OUTPUT),
  {
    flags: '--mtime <time>',
    description:
      "one modification time for all files, like 2026-01-31T12:00:00Z or @1769860800 (each file's own)",
    group: OUTPUT,
    parse: parseTime,
  },
  ...signingOptions(OUTPUT),
  {
    flags: '--algorithms <list>',
    description: 'digests of the whole directory, separated by commas',
    group: HASHING,
    default: 'all',
    parse: parseAlgorithms,
  },
  ...BUCKET_OPTIONS,
  HASH_WORKERS,
  ...LOGGING_OPTIONS,
] as const satisfies readonly OptionSpec[];

const EXAMPLES = `Examples:
  crates-mirror-archive-hasher --dir mirror --out-dir artifacts
      inventory, checksum files and archive of a mirror
  crates-mirror-archive-hasher --dir mirror --gpgkey signing-key.asc --compress zstd
      the same, signed and compressed
  crates-mirror-archive-hasher --dir mirror --exclude '**/*.json' --exclude logs
      without JSON files and the directory logs
  crates-mirror-archive-hasher --dir s3://bucket/mirror/crates
      inventory of objects, by the checksums that the store has; with --read, by reading them
  crates-mirror-archive-hasher verify artifacts/mirror.yaml --dir mirror
      list missing, extra and changed files; see crates-mirror-archive-hasher verify --help

A mirror's locks, ledgers, quarantine and temporary files (all in .crates-mirror/ but its marker) are always left out.
In a pattern, * matches any part of a name, and ** any number of directories. Patterns are relative to --dir.

Algorithms: ${ALGORITHM_NAMES.join(', ')}; all; none.
Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-archive-hasher',
  version: VERSION,
  description:
    'Hashes a directory, and writes an inventory, checksum files and an archive that anyone can verify.',
  options: OPTIONS,
  subcommand: 'verify',
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): HasherOptions {
  const { values: raw, given } = parseCommand(COMMAND, argv);
  const { dir, outDir, outPrefix, gpgkey, gpgkeyPassphraseFile } = raw;
  if (dir === undefined || dir.trim() === '')
    throw new UsageError('--dir is missing: which directory?', { hint: 'See --help' });
  const texts = { '--out-dir': outDir, '--gpgkey': gpgkey, '--gpgkey-passphrase-file': gpgkeyPassphraseFile };
  for (const [option, value] of Object.entries(texts))
    if (value?.trim() === '') throw new UsageError(`${option}: the value is empty`);
  if (outPrefix !== undefined) checkPrefix(outPrefix);
  const isCompressing = given.has('compress') && raw.compress !== 'none';
  if (raw.tar === false && isCompressing)
    throw new UsageError('--no-tar leaves nothing to compress', { hint: 'Leave one of them out' });
  if (given.has('compressLevel') && raw.compress === 'none')
    throw new UsageError('--compress-level does nothing without --compress zstd', { hint: 'Add that' });
  const bucket = bucketOf(dir, raw, given);
  if (bucket !== undefined && (raw.tar === true || isCompressing))
    throw new UsageError('an archive is made of a directory, and --dir is an object store', {
      hint: 'Leave --tar and --compress out',
    });
  return {
    dir,
    bucket,
    exclude: raw.exclude ?? [],
    outDir,
    outPrefix,
    tar: raw.tar ?? (isCompressing ? true : undefined),
    compress: raw.compress,
    compressLevel: raw.compressLevel,
    mtime: raw.mtime,
    ...signingOf(raw),
    failFast: raw.failFast === true,
    algorithms: bucket?.read === false ? [] : raw.algorithms,
    hashWorkers: raw.hashWorkers,
    ...loggingOf(raw, given),
  };
}

function checkPrefix(prefix: string): void {
  if (prefix.trim() === '' || prefix === '.' || prefix === '..' || /[/\0]/.test(prefix))
    throw new UsageError(`--out-prefix: '${prefix}' cannot begin a file name`, {
      hint: 'Give a name; --out-dir says where',
    });
}
