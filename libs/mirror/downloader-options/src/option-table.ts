import {
  LOGGING_GROUP,
  type OptionSpec,
  type OptionValues,
  parseByteRate,
  parseDuration,
  parseTimeLimit,
  SHARED_OPTIONS,
  wholeNumber,
} from '@crates-mirror/cli';
import { parseDailyWindows } from '@crates-mirror/cli/daily-windows';
import { UsageError } from '@crates-mirror/errors';
import { parseListenAddress } from '@crates-mirror/http-server/listen-address';
import { LAYOUT_NAMES, parseCratesBaseUrl, parseLayout, parsePublicUrl } from '@crates-mirror/layout/options';
import { parseRunShard } from '@crates-mirror/layout/run-shard';
import { S3_OPTIONS } from '@crates-mirror/s3/options';
import { EXPLAIN, SELECTION_OPTIONS } from '@crates-mirror/selection/options';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { REMOVAL_OPTIONS } from './removal-options.ts';
import { TOOL } from './user-agent.ts';

const INPUT = 'Input';
const OUTPUT = 'Output';
const TRANSFER = 'Transfer';
const MAX_REQUESTS = 4096;
/**
 * Used if the number of requests adapts to the connection. With HTTP/2, 2,048 requests need 32
 * connections of 64 streams each, or more if a server allows fewer streams. With HTTP/1.1, where
 * each connection carries one request, this number has been used with two cores since the first
 * version. Servers limit connections by client address, which others may share.
 */
export const DEFAULT_CONNECTIONS = 64;
const MAX_SAMPLED = 100_000;
/** A mirror is scrubbed in about a thousand parts. One part a night takes three years. */
const MAX_DIVISOR = 1000;

/** All options of the downloader. */
export const DOWNLOADER_OPTIONS = [
  {
    flags: '--index-dir <dir>',
    description: 'crates.io index to mirror: a checkout, or a bare repository',
    group: INPUT,
  },
  {
    flags: '--list <file>',
    description: 'mirror the URLs in this file instead: one per line, # starts a comment',
    group: INPUT,
  },
  {
    flags: '--sample',
    description: 'mirror the embedded sample registry, to try other options',
    group: INPUT,
  },
  {
    flags: '--sample-index <dir>',
    description: "keep the sample's index in this directory, for sidecars, serve and cargo",
    group: INPUT,
  },
  {
    flags: '--only-crates <file>',
    description: 'process only the crates in this file: one name or index path per line',
    group: INPUT,
  },
  {
    flags: '--limit <n>',
    description: 'mirror only the first n crate files (0: all)',
    group: INPUT,
    default: '0',
    parse: wholeNumber(0),
  },
  {
    flags: '--shard <i/n>',
    description: 'mirror one of n shares of the crates; the others may run at the same time',
    group: INPUT,
    parse: parseRunShard,
  },
  {
    flags: '--checksums <file>',
    description: 'JSONL file of {"url", "sha256"} that extends or overrides the index',
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
    description: 'the mirror: a directory, or s3://bucket/prefix',
    group: OUTPUT,
    default: 'out',
    acceptsStore: true,
  },
  {
    flags: '--cache-dir <dir>',
    description: 'with s3://: where to keep notes about its objects and partial files; it may be lost',
    group: OUTPUT,
    defaultText: 'in ~/.cache/crates-mirror',
  },
  {
    flags: '--public-url <url>',
    description: 'with s3://: publish the index too, for clients that reach the prefix there',
    group: OUTPUT,
    parse: parsePublicUrl,
  },
  {
    flags: '--layout <layout>',
    description: `${LAYOUT_NAMES.join(', ')}, or a template of cargo's dl markers`,
    group: OUTPUT,
    default: 'cargo',
    parse: checkedLayout,
  },
  {
    flags: '--manifest <file>',
    description: 'JSONL file to which a record is appended for each crate file',
    group: OUTPUT,
    default: 'manifest.jsonl',
  },
  {
    flags: '--retry-out <file>',
    description: 'write the crates to retry to this file, for --only-crates',
    group: OUTPUT,
  },
  {
    flags: '--require-existing',
    description: 'refuse to start a new mirror: its file system may not be mounted',
    group: OUTPUT,
  },
  {
    flags: '--verify-existing',
    description: 'hash every existing file instead of trusting the ledger',
    group: OUTPUT,
  },
  {
    flags: '--scrub <1/n>',
    description: 'also hash one nth of the mirror, the part hashed longest ago',
    group: OUTPUT,
    parse: parseShare,
  },
  {
    flags: '--dry-run',
    description: 'print what would be downloaded, without writing anything',
    group: OUTPUT,
  },
  {
    flags: '--size-sample <n>',
    description:
      'with --dry-run: request the sizes of n crate files, and measure how fast some arrive (0: neither)',
    group: OUTPUT,
    default: '400',
    parse: wholeNumber(0, MAX_SAMPLED),
  },
  {
    flags: '--size-seed <n>',
    description: 'seed that repeats the sample; --log-format json reports it',
    group: OUTPUT,
    parse: wholeNumber(0, 2 ** 31 - 1),
  },
  {
    flags: '--advisories <dir>',
    description:
      'with --dry-run: list RustSec advisories about held versions, from a checkout of its advisory-db',
    group: OUTPUT,
  },
  ...BUNDLE_OPTIONS,
  ...REMOVAL_OPTIONS,
  ...S3_OPTIONS,
  {
    flags: '--concurrency <n>',
    description: 'concurrent requests, or auto: as many as fill the line',
    group: TRANSFER,
    default: 'auto',
    parse: parseConcurrency,
  },
  {
    flags: '--max-connections <n>',
    description: 'maximum concurrent connections, to all servers together',
    group: TRANSFER,
    defaultText: `${DEFAULT_CONNECTIONS}, or --concurrency if that is more`,
    parse: wholeNumber(1, MAX_REQUESTS),
  },
  {
    flags: '--limit-rate <rate>',
    description: 'maximum receive rate per second, like 50MB or 400Mbit (0: no limit)',
    group: TRANSFER,
    default: '0',
    parse: parseByteRate,
  },
  {
    flags: '--window <times>',
    description: 'send requests only at these times of day, like 22:00-06:00',
    group: TRANSFER,
    parse: parseDailyWindows,
  },
  {
    flags: '--retries <n>',
    description: 'retries after a transient failure',
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
    description: 'maximum backoff, unless the server asks for more (Retry-After, honoured up to 5 minutes)',
    group: TRANSFER,
    default: '5s',
    parse: parseDuration,
  },
  {
    flags: '--connect-timeout <time>',
    description: 'timeout for the TCP and TLS handshakes',
    group: TRANSFER,
    default: '10s',
    parse: parseTimeLimit,
  },
  {
    flags: '--idle-timeout <time>',
    description: 'timeout without received bytes; over HTTP/2, on the whole connection',
    group: TRANSFER,
    default: '30s',
    parse: parseTimeLimit,
  },
  {
    flags: '--timeout <time>',
    description: 'timeout for a whole attempt, from sending the request',
    group: TRANSFER,
    default: '10m',
    parse: parseTimeLimit,
  },
  {
    flags: '--contact <address>',
    description: 'e-mail address or URL for the User-Agent, as the policy of crates.io requires',
    group: TRANSFER,
  },
  {
    flags: '--user-agent <text>',
    description: 'full User-Agent header',
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
    description: 'serve a status page, metrics and profiles on this address; :9090 is loopback only',
    group: 'Watching',
    parse: parseListenAddress,
  },
  ...SHARED_OPTIONS,
  { flags: '--log-path <file>', description: 'also append log lines to this file', group: LOGGING_GROUP },
] as const satisfies readonly OptionSpec[];

/** The parsed values of the downloader's command line. */
export type RawValues = OptionValues<typeof DOWNLOADER_OPTIONS>;

/** Parses `1/30`. @returns the divisor */
function parseShare(text: string): number {
  const divisor = Number(/^1\/([1-9]\d{0,3})$/.exec(text)?.[1]);
  if (divisor <= MAX_DIVISOR) return divisor;
  throw new UsageError(`'${text}' is not a share from 1/1 to 1/${MAX_DIVISOR}`, {
    hint: 'Write it like 1/30',
  });
}

function checkedLayout(text: string): string {
  parseLayout(text);
  return text;
}

const parseCount = wholeNumber(1, MAX_REQUESTS);

function parseConcurrency(text: string): number | 'auto' {
  if (text === 'auto') return text;
  // A word is a typing mistake; a number is out of range.
  if (!/^-?\d/.test(text)) throw new UsageError(`'${text}' is neither auto nor a number of requests`);
  return parseCount(text);
}
