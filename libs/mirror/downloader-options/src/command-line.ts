import { readFileSync } from 'node:fs';
import { type CommandSpec, parseCommand, type SharedOptions, VERSION } from '@crates-mirror/cli';
import type { DailyWindows } from '@crates-mirror/cli/daily-windows';
import { checkOutside } from '@crates-mirror/cli/outside';
import { checkSeparate, type NamedFile } from '@crates-mirror/cli/separate-files';
import { UsageError, unreadable } from '@crates-mirror/errors';
import type { ListenAddress } from '@crates-mirror/http-server';
import { OWN_DIRECTORY } from '@crates-mirror/layout/options';
import {
  type Asked,
  EXPLAIN,
  type RawSelection,
  SELECTION_OPTIONS,
  selectionFiles,
  selectionRules,
} from '@crates-mirror/selection/options';
import { bundleOf, type RawBundleValues } from './bundle-options.ts';
import { DEFAULT_CONNECTIONS, DOWNLOADER_OPTIONS } from './option-table.ts';
import type { BundleOptions, DownloaderOptions, Source } from './options.ts';
import { type RawRemovalValues, removalsOf } from './removal-options.ts';
import { TOOL } from './user-agent.ts';

const EXAMPLES = `Examples:
  crates-mirror-downloader --sample
      mirror the embedded sample registry, to see how it works
  crates-mirror-downloader --sample --bundle --dry-run
      try other options on it
  crates-mirror-downloader --index-dir crates.io-index --out mirror --contact you@example.org
      mirror crates.io
  crates-mirror-downloader --index-dir crates.io-index --out mirror --limit 10000
      the first 10,000 crate files of it
  crates-mirror-downloader --index-dir crates.io-index --out mirror --dry-run
      what there is to download
  crates-mirror-downloader --index-dir crates.io-index --bundle --bundles-out bundles
      mirror crates.io into archives of 8 GB
  crates-mirror-downloader --list urls.txt --checksums sums.jsonl --out mirror
      mirror a list of URLs

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed (see the manifest), 2 wrong usage or input, 130 interrupted.`;

export const DOWNLOADER_COMMAND: CommandSpec = {
  name: 'crates-mirror-downloader',
  version: VERSION,
  description: 'Mirrors crates.io: every crate file, verified against the index, resumable.',
  options: DOWNLOADER_OPTIONS,
  // A cron line that has lost its arguments must not look healthy.
  needsArguments: true,
  examples: EXAMPLES,
};

interface RawValues extends SharedOptions, RawBundleValues, RawRemovalValues, RawSelection {
  readonly indexDir?: string;
  readonly list?: string;
  readonly onlyCrates?: string;
  readonly retryOut?: string;
  readonly logPath?: string;
  readonly limit: number;
  readonly checksums?: string;
  readonly cratesBaseUrl: string;
  readonly out: string;
  readonly layout: string;
  readonly manifest: string;
  readonly requireExisting?: boolean;
  readonly verifyExisting?: boolean;
  readonly scrub?: number;
  readonly dryRun?: boolean;
  readonly explain?: Asked;
  readonly sizeSample: number;
  readonly sizeSeed?: number;
  readonly advisories?: string;
  readonly concurrency: number | 'auto';
  readonly maxConnections?: number;
  readonly limitRate: number;
  readonly window?: DailyWindows;
  readonly retries: number;
  readonly retryBase: number;
  readonly retryMax: number;
  readonly connectTimeout: number;
  readonly idleTimeout: number;
  readonly timeout: number;
  readonly sample?: boolean;
  readonly sampleIndex?: string;
  readonly contact?: string;
  readonly userAgent: string;
  readonly caFile?: string;
  readonly listen?: ListenAddress;
}

/**
 * @param otherFiles that the command line of who calls the downloader names
 * @param env where to look for what argv leaves open
 * @returns the options; without a source for --sample
 * @throws UsageError
 */
export function parseDownloaderOptions(
  argv: readonly string[],
  otherFiles: readonly NamedFile[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Omit<DownloaderOptions, 'source'> & { source?: Source } {
  const { values, given } = parseCommand(DOWNLOADER_COMMAND, argv, env);
  const raw = values as unknown as RawValues;
  const source = sourceOf(raw, given);
  if (source === undefined && raw.sample !== true && raw.restore === undefined) {
    throw new UsageError('nothing to mirror: no source given', {
      hint: 'Give --index-dir or --list, or --sample to mirror the embedded sample',
    });
  }
  if (given.has('userAgent') && given.has('contact')) {
    throw new UsageError('--user-agent and --contact exclude each other', {
      hint: 'Put the contact into the user agent',
    });
  }
  for (const [option, value] of [
    ['--only-crates', raw.onlyCrates],
    ['--retry-out', raw.retryOut],
    ['--advisories', raw.advisories],
    ['--deny', raw.deny],
    ['--log-path', raw.logPath],
    ['--manifest', raw.manifest],
    ['--sample-index', raw.sampleIndex],
  ] as const) {
    if (value !== undefined) notEmpty(option, value);
  }
  checkSeparate([...filesOf(raw), ...otherFiles], OWN_DIRECTORY);
  if (source?.kind === 'list') checkListOptions(raw, given);
  if (source === undefined && raw.restore === undefined) checkSampleOptions(given);
  else if (raw.sampleIndex !== undefined)
    throw new UsageError('--sample-index does nothing without --sample', { hint: 'Leave it out' });
  if (raw.scrub !== undefined) checkScrub(raw);
  if (raw.dryRun === true) checkDryRun(raw);
  else checkNoSizing(given);
  const out = notEmpty('--out', raw.out);
  const bundle = bundleOf(raw, given);
  if (source?.kind === 'index') checkOutsideIndex('--index-dir', source.directory, out, bundle);
  if (raw.sampleIndex !== undefined) checkOutsideIndex('--sample-index', raw.sampleIndex, out, bundle);
  return {
    ...(source === undefined ? {} : { source }),
    out,
    layout: raw.layout,
    cratesBaseUrl: raw.cratesBaseUrl,
    requireExisting: raw.requireExisting === true,
    sampleIndex: raw.sampleIndex,
    verifyExisting: raw.verifyExisting === true,
    scrub: raw.scrub,
    explain: raw.explain,
    dryRun: raw.dryRun === true,
    sizeSample: raw.sizeSample,
    sizeSeed: raw.sizeSeed,
    advisories: raw.advisories,
    concurrency: raw.concurrency,
    maxConnections: raw.maxConnections ?? connectionsFor(raw.concurrency),
    limitRate: raw.limitRate === 0 ? undefined : raw.limitRate,
    window: raw.window,
    backoff: { retries: raw.retries, baseMs: raw.retryBase, maxMs: raw.retryMax },
    userAgent: userAgentOf(raw),
    ca: raw.caFile === undefined ? undefined : readCertificates(raw.caFile),
    connectTimeoutMs: raw.connectTimeout,
    idleTimeoutMs: raw.idleTimeout,
    attemptTimeoutMs: raw.timeout,
    limit: raw.limit,
    manifest: raw.manifest,
    checksums: raw.checksums,
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

/** Over HTTP/1.1, each request has one. */
function connectionsFor(concurrency: number | 'auto'): number {
  return concurrency === 'auto' ? DEFAULT_CONNECTIONS : Math.max(DEFAULT_CONNECTIONS, concurrency);
}

function filesOf(raw: RawValues): NamedFile[] {
  return [
    { option: '--list', path: raw.list, isWritten: false },
    { option: '--only-crates', path: raw.onlyCrates, isWritten: false },
    ...selectionFiles(raw),
    { option: '--checksums', path: raw.checksums, isWritten: false },
    { option: '--deny', path: raw.deny, isWritten: false },
    { option: '--ca-file', path: raw.caFile, isWritten: false },
    { option: '--manifest', path: raw.manifest, isWritten: true },
    // One run's list is the next one's.
    { option: '--retry-out', path: raw.retryOut, isWritten: true, replaces: '--only-crates' },
    { option: '--log-path', path: raw.logPath, isWritten: true },
  ];
}

function sourceOf(raw: RawValues, given: ReadonlySet<string>): Source | undefined {
  const sources = [
    ...(raw.indexDir === undefined ? [] : ['--index-dir']),
    ...(raw.list === undefined ? [] : ['--list']),
    ...(raw.sample === true ? ['--sample'] : []),
  ];
  if (sources.length > 1)
    throw new UsageError(`${sources.join(' and ')} exclude each other`, { hint: 'Run once for each' });
  if (raw.list !== undefined) return { kind: 'list', file: notEmpty('--list', raw.list) };
  if (raw.indexDir === undefined) return undefined;
  return {
    kind: 'index',
    directory: notEmpty('--index-dir', raw.indexDir),
    rules: selectionRules(raw, given),
    only: raw.onlyCrates,
  };
}

/** What is below an index is taken for index files. */
function checkOutsideIndex(
  option: string,
  directory: string,
  out: string,
  bundle: BundleOptions | undefined,
): void {
  const index = { option, path: directory };
  checkOutside({ option: '--out', path: out }, index);
  if (bundle !== undefined) checkOutside({ option: '--bundles-out', path: bundle.directory }, index);
}

/** The sample is one registry, whole. */
function checkSampleOptions(given: ReadonlySet<string>): void {
  const others = {
    onlyCrates: '--only-crates',
    cratesBaseUrl: '--crates-base-url',
    checksums: '--checksums',
    caFile: '--ca-file',
  };
  for (const [name, option] of [...Object.entries(others), ...selectionNames()])
    if (given.has(name))
      throw new UsageError(`${option} is not for the sample, which is mirrored as it is`, {
        hint: 'Leave one of them out',
      });
}

function checkListOptions({ onlyCrates, retryOut }: RawValues, given: ReadonlySet<string>): void {
  // Harmless, and taken from the start.
  const selecting = selectionNames().find(([name]) => given.has(name) && name !== 'includeYanked');
  const option =
    onlyCrates !== undefined ? '--only-crates' : retryOut !== undefined ? '--retry-out' : selecting?.[1];
  if (option === undefined) return;
  throw new UsageError(`${option} is for the crates of an index, and --list has URLs`, {
    hint: 'Leave one of them out',
  });
}

/** The options of a selection, as values and as they are typed. */
function selectionNames(): (readonly [name: string, option: string])[] {
  return [...SELECTION_OPTIONS, EXPLAIN].map(({ flags }) => {
    const option = flags.split(' ')[0] ?? '';
    return [option.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()), option];
  });
}

/** The parts of a mirror are those of its whole index. */
function checkScrub({ list, limit, verifyExisting }: RawValues): void {
  if (list !== undefined)
    throw new UsageError('--scrub is for the crates of an index, and --list has URLs', {
      hint: 'Give --verify-existing instead',
    });
  if (limit > 0) throw new UsageError('--scrub does nothing with --limit', { hint: 'Leave one of them out' });
  if (verifyExisting === true)
    throw new UsageError('--verify-existing hashes all, and --scrub a part', {
      hint: 'Leave one of them out',
    });
}

function checkDryRun({ listen, retryOut, logPath, scrub }: RawValues): void {
  for (const [option, value] of [
    ['--scrub', scrub],
    ['--listen', listen],
    ['--retry-out', retryOut],
    ['--log-path', logPath],
  ] as const) {
    if (value !== undefined)
      throw new UsageError(`${option} does nothing with --dry-run`, { hint: 'Leave one of them out' });
  }
}

function checkNoSizing(given: ReadonlySet<string>): void {
  for (const [name, option] of [
    ['sizeSample', '--size-sample'],
    ['sizeSeed', '--size-seed'],
    ['advisories', '--advisories'],
  ] as const) {
    if (given.has(name))
      throw new UsageError(`${option} does nothing without --dry-run`, { hint: 'Leave it out' });
  }
}

function notEmpty(option: string, value: string): string {
  if (value.trim() === '') throw new UsageError(`${option}: the value is empty`);
  return value;
}

function userAgentOf({ userAgent, contact }: RawValues): string {
  const text = userAgent !== '' ? userAgent : contact === undefined ? TOOL : `${TOOL} (${contact})`;
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new UsageError('--user-agent and --contact: only printable ASCII can go into a header');
  }
  return text;
}

function readCertificates(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable('--ca-file', path, error);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UsageError(`--ca-file: ${path} holds no certificate in PEM`);
  }
  return pem;
}
