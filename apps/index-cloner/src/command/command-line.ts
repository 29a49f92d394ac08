import { cacheDirectory } from '@crates-mirror/bucket-mirror/cache-directory';
import {
  type CommandSpec,
  canAsk,
  type OptionValues,
  parseCommand,
  VERSION,
  valueName,
} from '@crates-mirror/cli';
import { checkOutside } from '@crates-mirror/cli/outside';
import { type DownloaderOptions, parseDownloaderOptions } from '@crates-mirror/downloader-options';
import { UsageError } from '@crates-mirror/errors';
import { describeAddress, isS3, parseS3Address } from '@crates-mirror/s3/address';
import { checkPipes } from './check-pipes.ts';
import { OPTIONS, optionName, PASSED_OPTIONS } from './option-table.ts';
import type { ClonerOptions, DownloaderCall } from './options.ts';

const EXAMPLES = `Examples:
  crates-mirror-index-cloner --index-dir crates.io-index --output-dir mirror --contact you@example.org
      clone or update the index, ask, and mirror new versions
  crates-mirror-index-cloner --index-dir crates.io-index --output-dir mirror --non-interactive
      the same without asking, for a timer
  crates-mirror-index-cloner --index-only --changes-out changes.jsonl
      update the index, and list the changes

Options below "Passed on" are passed to the downloader, as is everything after --.
Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-index-cloner',
  version: VERSION,
  description: 'Clones or updates the crates.io index, then mirrors new crate versions.',
  options: OPTIONS,
  examples: EXAMPLES,
} as const satisfies CommandSpec;

type RawValues = OptionValues<typeof OPTIONS>;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): ClonerOptions {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const extra = end === -1 ? [] : argv.slice(end + 1);
  const raw = parseCommand(COMMAND, own.map(inOwnWords)).values;
  for (const [option, value] of [
    ['--index-dir', raw.indexDir],
    ['--output-dir', raw.outputDir],
    ['--changes-out', raw.changesOut],
    ['--downloader-path', raw.downloaderPath],
  ] as const) {
    if (value?.trim() === '') throw new UsageError(`${option}: the value is empty`);
  }
  checkCombination(raw);
  checkPipes(raw);
  // Files below the index would be read as index files.
  if (!isS3(raw.outputDir))
    checkOutside(
      { option: '--output-dir', path: raw.outputDir },
      { option: '--index-dir', path: raw.indexDir },
    );
  const downloader = downloaderCall(raw, extra);
  return {
    indexDir: raw.indexDir,
    indexUrl: raw.indexUrl,
    outputDir: downloader.options.out,
    isFullHistory: raw.fullHistory === true,
    isBare: raw.bare === true,
    backoff: { retries: raw.indexRetries, baseMs: raw.indexRetryBase, maxMs: raw.indexRetryMax },
    skipIndexUpdate: raw.skipIndexUpdate === true,
    indexOnly: raw.indexOnly === true,
    changesOut: raw.changesOut,
    isFull: raw.full === true,
    yes: raw.yes === true || raw.nonInteractive === true,
    isDryRun: raw.dryRun === true,
    downloader,
  };
}

/** Translates the downloader's option names for which index-cloner has its own. */
function inOwnWords(argument: string): string {
  return argument.replace(/^--?out(?==|$)/, '--output-dir').replace(/^--?concurrency(?==|$)/, '--threads');
}

function checkCombination(raw: RawValues): void {
  if (raw.indexOnly && raw.skipIndexUpdate)
    throw new UsageError('--index-only and --skip-index-update together leave nothing to do', {
      hint: 'Leave one of them out',
    });
  if (raw.bare && raw.skipIndexUpdate)
    throw new UsageError('--bare is for a new clone, and --skip-index-update makes none', {
      hint: 'Leave one of them out',
    });
  const isExplained = raw['explain'] !== undefined;
  const isAsked = !(raw.yes || raw.nonInteractive || raw.indexOnly || raw.dryRun || isExplained);
  if (isAsked && !canAsk())
    throw new UsageError('index-cloner asks before it downloads, and there is no terminal to ask on', {
      hint: 'Add --non-interactive (or --yes)',
    });
}

function downloaderCall(raw: RawValues, extra: readonly string[]): DownloaderCall {
  const args = [
    ...['--index-dir', raw.indexDir, '--out', raw.outputDir, '--log-level', raw.logLevel],
    ...(raw.threads === undefined ? [] : ['--concurrency', raw.threads]),
    ...passedOn(raw),
    ...cacheOf(raw),
    // The downloader's --yes confirms removals; index-cloner's own --yes also confirms the
    // download.
    ...(deletes(raw) && raw.yes === true ? ['--yes'] : []),
  ];
  const path = raw.downloaderPath;
  const files = [
    { option: '--changes-out', path: raw.changesOut, isWritten: true },
    { option: '--downloader-path', path, isWritten: false },
  ];
  // The downloader is started without its environment settings, because this command's own settings
  // apply.
  const options = parseDownloaderOptions(path === undefined ? [...args, ...extra] : args, files, {});
  const own = extra.length === 0 ? options : parseDownloaderOptions(args, files, {});
  const { source } = options;
  if (source?.kind !== 'index') throw new UsageError('index-cloner mirrors an index, and no --list');
  if (source.directory !== raw.indexDir || isElsewhere(options, own) || options.retryOut !== undefined)
    throw new UsageError('--index-dir, --out and --retry-out after -- would be lost on index-cloner', {
      hint: 'Give --index-dir and --output-dir before it',
    });
  return { path, args, extra, options: { ...options, source } };
}

/** Of a repeated option, the last one counts. */
function deletes({ onRemoved }: Readonly<Record<string, unknown>>): boolean {
  return [onRemoved].flat().at(-1) === 'delete';
}

type Place = Pick<DownloaderOptions, 'out' | 'bucket'>;

function isElsewhere(place: Place, own: Place): boolean {
  return place.out !== own.out || place.bucket?.name !== own.bucket?.name;
}

/**
 * The downloader's local directory for a mirror in an object store. It must be the one that has
 * index-cloner's own files.
 */
function cacheOf({ outputDir, ...raw }: RawValues): string[] {
  if (!isS3(outputDir) || raw['cacheDir'] !== undefined) return [];
  const name = describeAddress(parseS3Address('--output-dir', outputDir));
  return ['--cache-dir', cacheDirectory(name, process.env)];
}

function passedOn(values: Readonly<Record<string, unknown>>): string[] {
  return PASSED_OPTIONS.flatMap((option) => {
    const name = optionName(option);
    const value = values[valueName(option)];
    if (value === undefined) return [];
    return Array.isArray(value) ? value.flatMap((one) => [`--${name}`, String(one)]) : [`--${name}`];
  });
}
