import { availableParallelism } from 'node:os';
import {
  type CommandSpec,
  canAsk,
  type Given,
  type OptionSpec,
  type OptionValues,
  parseCommand,
  SHARED_OPTIONS,
  VERSION,
  wholeNumber,
} from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import { checkSeparate } from '@crates-mirror/cli/separate-files';
import { UsageError } from '@crates-mirror/errors';
import { LAYOUT_NAMES, OWN_DIRECTORY, parseCratesBaseUrl, parseLayout } from '@crates-mirror/layout/options';
import { isS3 } from '@crates-mirror/s3/address';
import { S3_OPTIONS } from '@crates-mirror/s3/options';
import { EXPLAIN, SELECTION_OPTIONS, selectionFiles, selectionRules } from '@crates-mirror/selection/options';
import { compressLevelOption } from '@crates-mirror/zstd/options';
import { dataSetOptions } from './data-set-options.ts';
import type { SidecarOptions } from './options.ts';
import { SIDECAR_SUFFIX } from './sidecar-suffix.ts';

const INPUT = 'Input';
const OUTPUT = 'Output';
const MAX_THREADS = 4096;
/**
 * Paths by which the system refers to stdout. Opening one as a file would truncate it, and mix the
 * summary into the output.
 */
const STDOUT_PATHS: readonly string[] = ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

const OPTIONS = [
  {
    flags: '--index-dir <dir>',
    description: 'crates.io index: a checkout, or a bare repository',
    group: INPUT,
  },
  {
    flags: '--limit <n>',
    description: 'process only the first n crate versions (0: all)',
    group: INPUT,
    default: '0',
    parse: wholeNumber(0),
  },
  {
    flags: '--manifest <file>',
    description: "the downloader's manifest; adds how and when each version was mirrored",
    group: INPUT,
  },
  {
    flags: '--bundles-dir <dir>',
    description:
      'with --manifest: the bundles, to add the file name of each bundle, including the most recent ones',
    group: INPUT,
  },
  {
    flags: '--crates-base-url <url>',
    description: "base URL of crate files, or a URL with cargo's dl markers",
    group: INPUT,
    default: 'https://static.crates.io/crates',
    parse: parseCratesBaseUrl,
  },
  ...SELECTION_OPTIONS,
  EXPLAIN,
  {
    flags: '--out <dir>',
    description: 'the mirror: sidecars are written next to its crate files, which need not exist',
    group: OUTPUT,
    default: 'out',
  },
  {
    flags: '--require-existing',
    description: 'refuse a directory without a mirror or data set: its file system may not be mounted',
    group: OUTPUT,
  },
  {
    flags: '--layout <layout>',
    description: `${LAYOUT_NAMES.join(', ')}, or a template of cargo's dl markers`,
    group: OUTPUT,
    default: 'cargo',
    parse: checkedLayout,
  },
  {
    flags: '--output-mode <mode>',
    description: 'one file per version, one stream of lines, or a data set for SQL engines',
    group: OUTPUT,
    default: 'files',
    choices: ['files', 'jsonl', 'parquet'],
  },
  {
    flags: '--jsonl-out <file>',
    description: 'where to write the stream: - is stdout, a name ending in .zst is compressed',
    group: OUTPUT,
    default: 'sidecars.jsonl',
  },
  {
    flags: '--parquet-out <dir>',
    description:
      'where to write the data set, one Parquet file per shard of the index: a directory, or s3://bucket/prefix',
    group: OUTPUT,
    default: 'data-set',
    acceptsStore: true,
  },
  {
    flags: '--parquet-raw',
    description: 'with parquet: also keep each line of the index unchanged',
    group: OUTPUT,
  },
  {
    flags: '--cache-dir <dir>',
    description: 'for a data set in an object store: partitions under way, and notes about the others',
    group: OUTPUT,
    defaultText: 'in ~/.cache/crates-mirror',
  },
  ...S3_OPTIONS,
  compressLevelOption('of a .zst stream, or a data set', OUTPUT),
  {
    flags: '--pretty <yes|no>',
    description: 'indent the JSON (yes for files, no for jsonl)',
    group: OUTPUT,
    choices: ['yes', 'no'],
  },
  {
    flags: '--prune',
    description: 'remove sidecars or partitions that index and selection no longer have; asks first',
    group: OUTPUT,
  },
  { flags: '--yes', description: 'do not ask for confirmation', group: OUTPUT },
  {
    flags: '--concurrency <n>',
    description: 'maximum number of threads; more than the CPU cores do not help',
    group: OUTPUT,
    default: String(availableParallelism()),
    defaultText: 'CPU cores',
    parse: wholeNumber(1, MAX_THREADS),
  },
  ...SHARED_OPTIONS,
] as const satisfies readonly OptionSpec[];

const EXAMPLES = `Examples:
  crates-mirror-sidecar-generator --index-dir crates.io-index --out mirror
      a sidecar next to every crate file: se/rd/serde-1.0.0.crate.json
  crates-mirror-sidecar-generator --index-dir crates.io-index --output-mode jsonl --jsonl-out sidecars.jsonl.zst
      all of them as one compressed stream, for a mirror of bundles
  crates-mirror-sidecar-generator --index-dir crates.io-index --output-mode jsonl --jsonl-out - | jq .rust_version
  crates-mirror-sidecar-generator --index-dir crates.io-index --output-mode parquet --parquet-out data-set --include-yanked
      Parquet files, for DuckDB and similar engines; a rerun rewrites changed shards

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-sidecar-generator',
  version: VERSION,
  description: 'Writes the metadata of every crate version as JSON or Parquet, from the index alone.',
  options: OPTIONS,
  examples: EXAMPLES,
} as const satisfies CommandSpec;

type RawValues = OptionValues<typeof OPTIONS>;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): SidecarOptions {
  const { values: raw, given } = parseCommand(COMMAND, argv);
  const { indexDir, outputMode, prune = false, yes = false } = raw;
  const jsonlOut = STDOUT_PATHS.includes(raw.jsonlOut) ? '-' : raw.jsonlOut;
  if (indexDir === undefined || indexDir.trim() === '')
    throw new UsageError('--index-dir is missing: where is the index?', { hint: 'See --help' });
  for (const [option, value] of [
    ['--out', raw.out],
    ['--jsonl-out', jsonlOut],
    ['--parquet-out', raw.parquetOut],
  ] as const) {
    if (value.trim() === '') throw new UsageError(`${option}: the value is empty`);
  }
  const isFiles = outputMode === 'files';
  const parquetOut = outputMode === 'parquet' ? raw.parquetOut : undefined;
  checkCombination(raw, given);
  const stream = outputMode !== 'jsonl' || jsonlOut === '-' ? undefined : jsonlOut;
  checkSeparate(
    [
      { option: '--manifest', path: raw.manifest, isWritten: false },
      ...selectionFiles(raw),
      { option: '--jsonl-out', path: stream, isWritten: true },
    ],
    OWN_DIRECTORY,
  );
  if (isFiles) checkRoom(raw.layout);
  const written = {
    '--out': isFiles ? raw.out : undefined,
    '--jsonl-out': stream,
    '--parquet-out': parquetOut === undefined || isS3(parquetOut) ? undefined : parquetOut,
    '--cache-dir': raw.cacheDir,
  };
  checkOutsideIndex(indexDir, written);
  return {
    indexDir,
    rules: selectionRules(raw, given),
    explain: raw.explain,
    limit: raw.limit,
    manifest: raw.manifest,
    bundlesDir: raw.bundlesDir,
    cratesBaseUrl: raw.cratesBaseUrl,
    layout: raw.layout,
    out: isFiles ? raw.out : undefined,
    requireExisting: raw.requireExisting === true,
    jsonlOut,
    compressLevel: stream?.endsWith('.zst') === true ? raw.compressLevel : undefined,
    dataSet: dataSetOptions(parquetOut, raw, given),
    pretty: isFiles && raw.pretty !== 'no',
    prune,
    yes,
    concurrency: raw.concurrency,
    logFormat: raw.logFormat,
    logLevel: raw.logLevel,
    progressInterval: raw.progressInterval,
    progressEvery: raw.progressEvery,
  };
}

/** Options that only some modes use, with these modes. */
const MODES_OF: readonly [key: keyof RawValues, option: string, modes: readonly RawValues['outputMode'][]][] =
  [
    ['out', '--out', ['files']],
    ['layout', '--layout', ['files', 'jsonl']],
    ['cratesBaseUrl', '--crates-base-url', ['files', 'jsonl']],
    ['manifest', '--manifest', ['files', 'jsonl']],
    ['pretty', '--pretty', ['files', 'jsonl']],
    ['limit', '--limit', ['files', 'jsonl']],
    ['requireExisting', '--require-existing', ['files', 'parquet']],
    ['jsonlOut', '--jsonl-out', ['jsonl']],
    ['parquetOut', '--parquet-out', ['parquet']],
    ['parquetRaw', '--parquet-raw', ['parquet']],
  ];

function checkCombination(raw: RawValues, given: Given<RawValues>): void {
  const { outputMode, pretty, limit, prune = false, yes = false } = raw;
  const useless = (option: string, without: string): UsageError =>
    new UsageError(`${option} does nothing without ${without}`, { hint: 'Add that' });
  for (const [key, option, modes] of MODES_OF) {
    if (!given.has(key) || modes.includes(outputMode)) continue;
    if (modes[0] !== 'files') throw useless(option, `--output-mode ${modes[0]}`);
    throw new UsageError(`${option} does nothing with --output-mode ${outputMode}`, {
      hint: outputMode === 'jsonl' ? 'Name the stream with --jsonl-out' : 'Leave one of them out',
    });
  }
  if (raw.bundlesDir !== undefined && raw.manifest === undefined)
    throw useless('--bundles-dir', '--manifest');
  if (given.has('compressLevel') && outputMode !== 'parquet' && !isCompressedStream(raw))
    throw useless('--compress-level', 'a stream whose name ends in .zst');
  if (outputMode === 'jsonl' && pretty === 'yes')
    throw new UsageError(
      '--pretty yes makes more than one line of a sidecar, and jsonl has one line for each',
      { hint: 'Leave one of them out' },
    );
  if (yes && !prune) throw useless('--yes', '--prune');
  if (prune && (outputMode === 'jsonl' || limit > 0))
    throw new UsageError(`--prune needs ${limit > 0 ? 'the whole index' : 'files'}`, {
      hint: `Leave out ${limit > 0 ? '--limit' : '--output-mode jsonl'}, or --prune`,
    });
  if (prune && !yes && !canAsk())
    throw new UsageError('--prune asks before it removes anything, and there is no terminal to ask on', {
      hint: 'Add --yes',
    });
}

function isCompressedStream({ outputMode, jsonlOut }: RawValues): boolean {
  return outputMode === 'jsonl' && jsonlOut.endsWith('.zst');
}

/**
 * Rejects output paths below the index: files there would be treated as index files, and the
 * generator must not write to the index.
 */
function checkOutsideIndex(indexDir: string, written: Readonly<Record<string, string | undefined>>): void {
  for (const [option, path] of Object.entries(written)) {
    if (path !== undefined) checkOutside({ option, path }, { option: '--index-dir', path: indexDir });
  }
}

/**
 * Rejects a layout in which a sidecar, or the temporary file that a kill leaves behind, could have
 * the name of a crate file. This depends on what follows the version in the layout, because of all
 * placeholders only a version can end in `.json`.
 */
function checkRoom(layout: string): void {
  const end = /\{version\}([^{}]*)$/.exec(parseLayout(layout).id)?.[1];
  if (end === undefined) return;
  if ([SIDECAR_SUFFIX, '.partial'].some((suffix) => `${end}${suffix}`.endsWith(end)))
    throw new UsageError(`--layout '${layout}' may give a crate file the name of another's sidecar`, {
      hint: 'Have its paths end in .crate, or write one stream: --output-mode jsonl',
    });
}

function checkedLayout(text: string): string {
  parseLayout(text);
  return text;
}
