import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import {
  type CommandSpec,
  type OptionSpec,
  parseCommand,
  parseDuration,
  parseTimeLimit,
  SHARED_OPTIONS,
  type SharedOptions,
  VERSION,
  wholeNumber,
} from '@crates-mirror/cli';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { type ListenAddress, parseListenAddress } from '@crates-mirror/http-server';
import { LAYOUT_NAMES, parseCratesBaseUrl, parseLayout } from '@crates-mirror/layout';
import { BUNDLE_OPTIONS, bundleOf, type RawBundleValues } from './bundle-options.ts';
import type { DownloaderOptions, Source } from './options.ts';
import { TOOL } from './user-agent.ts';

const INPUT = 'Input';
const OUTPUT = 'Output';
const TRANSFER = 'Transfer';
const REQUESTS_PER_CORE = 32;
const MOST_REQUESTS = 4096;

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--index-dir <dir>',
    description: 'mirror what this checkout of the crates.io index names',
    group: INPUT,
  },
  {
    flags: '--list <file>',
    description: 'mirror these URLs instead: one a line, # starts a comment',
    group: INPUT,
  },
  { flags: '--include-yanked', description: 'mirror yanked versions too', group: INPUT },
  {
    flags: '--limit <n>',
    description: 'mirror the first n crate files only (0: all)',
    group: INPUT,
    default: '0',
    parse: wholeNumber(0),
  },
  {
    flags: '--checksums <file>',
    description: 'JSONL of {"url", "sha256"} that adds to or overrides the index',
    group: INPUT,
  },
  {
    flags: '--crates-base-url <url>',
    description: "where crate files are, or a URL with cargo's dl markers",
    group: INPUT,
    default: 'https://static.crates.io/crates',
    parse: parseCratesBaseUrl,
  },
  { flags: '--out <dir>', description: 'the mirror', group: OUTPUT, default: 'out' },
  {
    flags: '--layout <layout>',
    description: `${LAYOUT_NAMES.join(', ')}, or a template of cargo's dl markers`,
    group: OUTPUT,
    default: 'cargo',
    parse: checkedLayout,
  },
  {
    flags: '--manifest <file>',
    description: 'JSONL log that gets a record for every crate file',
    group: OUTPUT,
    default: 'manifest.jsonl',
  },
  { flags: '--verify-existing', description: 'hash every file that is in place, trust none', group: OUTPUT },
  ...BUNDLE_OPTIONS,
  {
    flags: '--concurrency <n>',
    description: 'requests under way at once',
    group: TRANSFER,
    default: String(Math.min(REQUESTS_PER_CORE * availableParallelism(), MOST_REQUESTS)),
    defaultText: `${REQUESTS_PER_CORE} × CPU cores`,
    parse: wholeNumber(1, MOST_REQUESTS),
  },
  {
    flags: '--retries <n>',
    description: 'further attempts after a transient failure',
    group: TRANSFER,
    default: '3',
    parse: wholeNumber(0, 1000),
  },
  {
    flags: '--retry-base <time>',
    description: 'backoff before the first retry, doubled each time, with full jitter',
    group: TRANSFER,
    default: '250ms',
    parse: parseDuration,
  },
  {
    flags: '--retry-max <time>',
    description: 'longest backoff',
    group: TRANSFER,
    default: '5s',
    parse: parseDuration,
  },
  {
    flags: '--connect-timeout <time>',
    description: 'limit for TCP and TLS',
    group: TRANSFER,
    default: '10s',
    parse: parseTimeLimit,
  },
  {
    flags: '--idle-timeout <time>',
    description: 'limit for no byte arriving',
    group: TRANSFER,
    default: '30s',
    parse: parseTimeLimit,
  },
  {
    flags: '--timeout <time>',
    description: 'limit for a whole attempt',
    group: TRANSFER,
    default: '10m',
    parse: parseTimeLimit,
  },
  {
    flags: '--contact <address>',
    description: 'e-mail or URL for the User-Agent: crates.io wants to know whom to write to',
    group: TRANSFER,
  },
  {
    flags: '--user-agent <text>',
    description: 'the whole User-Agent',
    group: TRANSFER,
    default: '',
    defaultText: `${TOOL} (contact)`,
  },
  {
    flags: '--ca-file <file>',
    description: "certificates (PEM) to trust instead of the system's",
    group: TRANSFER,
  },
  {
    flags: '--listen <address>',
    description: 'serve a status page, metrics and profiles there; :9090 is for this machine only',
    group: 'Watching',
    parse: parseListenAddress,
  },
  ...SHARED_OPTIONS,
];

const EXAMPLES = `Examples:
  downloader
      mirror the embedded sample registry, to see how it works
  downloader --index-dir crates.io-index --out mirror --contact you@example.org
      mirror crates.io
  downloader --index-dir crates.io-index --out mirror --limit 10000
      the first 10,000 crate files of it
  downloader --index-dir crates.io-index --bundle --bundles-out bundles
      mirror crates.io into archives of 8 GB
  downloader --list urls.txt --checksums sums.jsonl --out mirror
      mirror a list of URLs

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed (see the manifest), 2 wrong usage or input, 130 interrupted.`;

export const COMMAND: CommandSpec = {
  name: 'downloader',
  version: VERSION,
  description: 'Mirrors crates.io: every crate file, verified against the index, resumable.',
  options: OPTIONS,
  examples: EXAMPLES,
};

interface RawValues extends SharedOptions, RawBundleValues {
  readonly indexDir?: string;
  readonly list?: string;
  readonly includeYanked?: boolean;
  readonly limit: number;
  readonly checksums?: string;
  readonly cratesBaseUrl: string;
  readonly out: string;
  readonly layout: string;
  readonly manifest: string;
  readonly verifyExisting?: boolean;
  readonly concurrency: number;
  readonly retries: number;
  readonly retryBase: number;
  readonly retryMax: number;
  readonly connectTimeout: number;
  readonly idleTimeout: number;
  readonly timeout: number;
  readonly contact?: string;
  readonly userAgent: string;
  readonly caFile?: string;
  readonly listen?: ListenAddress;
}

/**
 * @returns the options; without any argument at all `undefined` for their source, which stands for the sample
 * @throws UsageError
 */
export function parseOptions(
  argv: readonly string[],
): Omit<DownloaderOptions, 'source'> & { source?: Source } {
  const { values, given } = parseCommand(COMMAND, argv);
  const raw = values as unknown as RawValues;
  const source = sourceOf(raw);
  if (source === undefined && argv.length > 0) {
    throw new UsageError('nothing to mirror: no source given', {
      hint: 'Give --index-dir or --list, or no argument at all to mirror the embedded sample',
    });
  }
  if (given.has('userAgent') && given.has('contact')) {
    throw new UsageError('--user-agent and --contact exclude each other', {
      hint: 'Put the contact into the user agent',
    });
  }
  return {
    ...(source === undefined ? {} : { source }),
    out: notEmpty('--out', raw.out),
    layout: raw.layout,
    cratesBaseUrl: raw.cratesBaseUrl,
    verifyExisting: raw.verifyExisting === true,
    concurrency: raw.concurrency,
    backoff: { retries: raw.retries, baseMs: raw.retryBase, maxMs: raw.retryMax },
    userAgent: userAgentOf(raw),
    ca: raw.caFile === undefined ? undefined : readCertificates(raw.caFile),
    connectTimeoutMs: raw.connectTimeout,
    idleTimeoutMs: raw.idleTimeout,
    attemptTimeoutMs: raw.timeout,
    limit: raw.limit,
    manifest: notEmpty('--manifest', raw.manifest),
    checksums: raw.checksums,
    bundle: bundleOf(raw, given),
    listen: raw.listen,
    logFormat: raw.logFormat,
    logLevel: raw.logLevel,
    progressInterval: raw.progressInterval,
    progressEvery: raw.progressEvery,
  };
}

function sourceOf(raw: RawValues): Source | undefined {
  if (raw.indexDir !== undefined && raw.list !== undefined) {
    throw new UsageError('--index-dir and --list exclude each other', { hint: 'Run once for each' });
  }
  if (raw.list !== undefined) return { kind: 'list', file: notEmpty('--list', raw.list) };
  if (raw.indexDir === undefined) return undefined;
  return {
    kind: 'index',
    directory: notEmpty('--index-dir', raw.indexDir),
    includeYanked: raw.includeYanked === true,
  };
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

function checkedLayout(text: string): string {
  parseLayout(text);
  return text;
}

function readCertificates(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca-file: cannot read ${path}: ${errorMessage(error)}`);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UsageError(`--ca-file: ${path} holds no certificate in PEM`);
  }
  return pem;
}
