import {
  LOG_LEVEL,
  LOGGING_GROUP,
  type OptionSpec,
  parseDuration,
  repeatable,
  wholeNumber,
} from '@crates-mirror/cli';
import { DOWNLOADER_OPTIONS } from '@crates-mirror/downloader-options';
import { parseAddress } from '@crates-mirror/git/address';

export const CRATES_IO_INDEX = 'https://github.com/rust-lang/crates.io-index';

const INDEX = 'Index';
const MIRROR = 'Mirror';

/** The options that only index-cloner has. */
const OWN_OPTIONS = [
  {
    flags: '--index-dir <dir>',
    description: 'clone of the crates.io index; created if missing',
    group: INDEX,
    default: './crates.io-index',
  },
  {
    flags: '--index-url <url>',
    description: 'URL to clone the index from',
    group: INDEX,
    default: CRATES_IO_INDEX,
    parse: parseAddress,
  },
  {
    flags: '--full-history',
    description: 'fetch the full history instead of the last commit',
    group: INDEX,
  },
  {
    flags: '--bare',
    description: 'create a new clone as a bare repository, without 350,000 files on disk',
    group: INDEX,
  },
  {
    flags: '--index-retries <n>',
    description: 'retries after a network failure of git',
    group: INDEX,
    default: '8',
    parse: wholeNumber(0, 1000),
  },
  {
    flags: '--index-retry-base <time>',
    description: 'backoff before the first retry, doubled each time, with full jitter',
    group: INDEX,
    default: '5s',
    parse: parseDuration,
  },
  {
    flags: '--index-retry-max <time>',
    description: 'maximum backoff',
    group: INDEX,
    default: '2m',
    parse: parseDuration,
  },
  { flags: '--skip-index-update', description: 'do not update the index', group: INDEX },
  { flags: '--index-only', description: 'update the index without mirroring', group: INDEX },
  {
    flags: '--changes-out <file>',
    description: 'write the changes in the index to this file, one JSON object per line',
    group: INDEX,
  },
  {
    flags: '--output-dir <dir>',
    description: 'the mirror: a directory, or s3://bucket/prefix',
    group: MIRROR,
    default: 'out',
    acceptsStore: true,
  },
  {
    flags: '--threads <n>',
    description: "concurrent requests, or auto (the default): the downloader's --concurrency",
    group: MIRROR,
    parse: checkedCount,
  },
  { flags: '--full', description: 'check every crate, not only those that changed or failed', group: MIRROR },
  { flags: '--non-interactive', description: 'download without asking', group: MIRROR },
  { flags: '--yes', description: 'same as --non-interactive', group: MIRROR },
  { flags: '--dry-run', description: 'print what a run would do, without doing it', group: MIRROR },
  {
    flags: '--downloader-path <file>',
    description: 'run this downloader instead of the bundled one',
    group: MIRROR,
  },
  LOG_LEVEL,
] as const satisfies readonly OptionSpec[];

/** Options of the downloader that index-cloner renames, sets itself or does not offer. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  'index-dir',
  'list',
  'sample',
  'sample-index',
  'shard',
  'out',
  'concurrency',
  'retry-out',
  'dry-run',
  // They belong to the downloader's own dry run.
  'size-sample',
  'size-seed',
  'advisories',
  'yes',
  'restore',
  'log-level',
]);

/** Returns `index-dir` for `--index-dir <dir>`. */
export function optionName({ flags }: OptionSpec): string {
  return (flags.split(' ')[0] as string).slice(2);
}

/** Whether an option takes no value. */
export function isSwitch({ flags }: OptionSpec): boolean {
  return !/[<[]/.test(flags);
}

/** The downloader's options that are passed on as typed; the downloader interprets them. */
export const PASSED_OPTIONS: readonly OptionSpec[] = DOWNLOADER_OPTIONS.filter(
  (option) => !NOT_PASSED.has(optionName(option)),
).map(passedOption);

function passedOption(option: OptionSpec): OptionSpec {
  // Some options may be repeated; of the others, the downloader uses the last.
  const { parse } = repeatable((text) => text);
  return {
    flags: option.flags,
    ...(option.preset === undefined ? {} : { preset: option.preset }),
    ...(option.isRepeatable === true ? { isRepeatable: true } : {}),
    ...(isSwitch(option) ? {} : { parse }),
    description: describe(option),
    group: option.group === LOGGING_GROUP ? LOGGING_GROUP : `Passed on: ${option.group}`,
  };
}

/** The downloader's own help text for an option whose value is not parsed here. */
function describe({ description, choices, defaultText, default: value }: OptionSpec): string {
  const choice = choices === undefined ? [] : [`choices: ${choices.map((one) => `"${one}"`).join(', ')}`];
  const shown = defaultText ?? value;
  const extras = [...choice, ...(shown === undefined ? [] : [`default: ${shown}`])];
  return extras.length === 0 ? description : `${description} (${extras.join(', ')})`;
}

export const OPTIONS = [...OWN_OPTIONS, ...PASSED_OPTIONS] as const;

function checkedCount(text: string): string {
  if (text !== 'auto') wholeNumber(1)(text);
  return text;
}
