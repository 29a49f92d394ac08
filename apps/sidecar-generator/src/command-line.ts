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
import { SELECTION_OPTIONS, selectionFiles, selectionRules } from '@crates-mirror/selection/options';
import { compressLevelOption } from '@crates-mirror/zstd/options';
import type { SidecarOptions } from './options.ts';
import { SIDECAR_SUFFIX } from './sidecar-suffix.ts';

const INPUT = 'Input';
const OUTPUT = 'Output';
const MAX_THREADS = 4096;
/** What the system calls stdout. Opened as files they would be emptied, and the summary written in between. */
const STDOUT_PATHS: readonly string[] = ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

const OPTIONS = [
  {
    flags: '--index-dir <dir>',
    description: 'crates.io index: a checkout, or a bare repository',
    group: INPUT,
  },
  {
    flags: '--limit <n>',
    description: 'the first n crate versions only (0: all)',
    group: INPUT,
    default: '0',
    parse: wholeNumber(0),
  },
  {
    flags: '--manifest <file>',
    description: "the downloader's manifest, to tell how and when each version was mirrored",
    group: INPUT,
  },
  {
    flags: '--bundles-dir <dir>',
    description: 'with --manifest: the bundles, to tell the name of every file, also of those made last',
    group: INPUT,
  },
  {
    flags: '--crates-base-url <url>',
    description: "where crate files are, or a URL with cargo's dl markers",
    group: INPUT,
    default: 'https://static.crates.io/crates',
    parse: parseCratesBaseUrl,
  },
  ...SELECTION_OPTIONS,
  {
    flags: '--out <dir>',
    description: 'the mirror: sidecars go next to its crate files, which need not be there',
    group: OUTPUT,
    default: 'out',
  },
  {
    flags: '--require-existing',
    description: 'refuse an --out where no mirror is: its file system may not be mounted',
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
    description: 'one file for each version, or one stream of lines for all',
    group: OUTPUT,
    default: 'files',
    choices: ['files', 'jsonl'],
  },
  {
    flags: '--jsonl-out <file>',
    description: 'where the stream goes: - is stdout, a name that ends in .zst compresses',
    group: OUTPUT,
    default: 'sidecars.jsonl',
  },
  compressLevelOption('of a .zst stream', OUTPUT),
  {
    flags: '--pretty <yes|no>',
    description: 'indent (yes for files, no for jsonl)',
    group: OUTPUT,
    choices: ['yes', 'no'],
  },
  {
    flags: '--prune',
    description: 'remove sidecars that no line of the index stands for any more; asks before',
    group: OUTPUT,
  },
  { flags: '--yes', description: 'do not ask', group: OUTPUT },
  {
    flags: '--concurrency <n>',
    description: 'threads at most; more than CPU cores are of no use',
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

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-sidecar-generator',
  version: VERSION,
  description: 'Writes the metadata of every crate version as JSON, from the index alone.',
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
  ] as const) {
    if (value.trim() === '') throw new UsageError(`${option}: the value is empty`);
  }
  const isFiles = outputMode === 'files';
  checkCombination(raw, given);
  const stream = isFiles || jsonlOut === '-' ? undefined : jsonlOut;
  checkSeparate(
    [
      { option: '--manifest', path: raw.manifest, isWritten: false },
      ...selectionFiles(raw),
      { option: '--jsonl-out', path: stream, isWritten: true },
    ],
    OWN_DIRECTORY,
  );
  if (isFiles) checkRoom(raw.layout);
  checkOutsideIndex(indexDir, isFiles ? raw.out : undefined, stream);
  return {
    indexDir,
    rules: selectionRules(raw, given),
    limit: raw.limit,
    manifest: raw.manifest,
    bundlesDir: raw.bundlesDir,
    cratesBaseUrl: raw.cratesBaseUrl,
    layout: raw.layout,
    out: isFiles ? raw.out : undefined,
    requireExisting: raw.requireExisting === true,
    jsonlOut,
    compressLevel: !isFiles && jsonlOut.endsWith('.zst') ? raw.compressLevel : undefined,
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

function checkCombination(raw: RawValues, given: Given<RawValues>): void {
  const { outputMode, pretty, limit, prune = false, yes = false } = raw;
  const isFiles = outputMode === 'files';
  const useless = (option: string, without: string): UsageError =>
    new UsageError(`${option} does nothing without ${without}`, { hint: 'Add that' });
  if (raw.bundlesDir !== undefined && raw.manifest === undefined)
    throw useless('--bundles-dir', '--manifest');
  if (!isFiles && raw.requireExisting === true) throw useless('--require-existing', '--output-mode files');
  if (isFiles && given.has('jsonlOut')) throw useless('--jsonl-out', '--output-mode jsonl');
  if (given.has('compressLevel') && (isFiles || !raw.jsonlOut.endsWith('.zst')))
    throw useless('--compress-level', 'a stream whose name ends in .zst');
  if (!isFiles && given.has('out'))
    throw new UsageError('--out does nothing with --output-mode jsonl', {
      hint: 'Name the stream with --jsonl-out',
    });
  if (!isFiles && pretty === 'yes')
    throw new UsageError(
      '--pretty yes makes more than one line of a sidecar, and jsonl has one line for each',
      { hint: 'Leave one of them out' },
    );
  if (yes && !prune) throw useless('--yes', '--prune');
  if (prune && (!isFiles || limit > 0))
    throw new UsageError(`--prune needs ${isFiles ? 'the whole index' : 'files'}`, {
      hint: `Leave out ${isFiles ? '--limit' : '--output-mode jsonl'}, or --prune`,
    });
  if (prune && !yes && !canAsk())
    throw new UsageError('--prune asks before it removes anything, and there is no terminal to ask on', {
      hint: 'Add --yes',
    });
}

/** What is below an index is taken for index files, and the index is not ours to write to. */
function checkOutsideIndex(indexDir: string, out: string | undefined, stream: string | undefined): void {
  for (const [option, path] of [
    ['--out', out],
    ['--jsonl-out', stream],
  ] as const) {
    if (path !== undefined) checkOutside({ option, path }, { option: '--index-dir', path: indexDir });
  }
}

/**
 * A sidecar must not have a name that a crate file may have, and neither must what a kill leaves of one: a version may end in
 * `.json` as well, and nothing else that a layout is filled with can. Whether they may is told by what follows the version.
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
