import {
  type CommandSpec,
  parseCommand,
  parseDuration,
  parseTimeLimit,
  repeatable,
  SHARED_OPTIONS,
  VERSION,
  wholeNumber,
} from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { parseListenAddress } from '@crates-mirror/http-server/listen-address';
import { parsePublicUrl } from '@crates-mirror/layout/options';
import type { ServeOptions } from './options.ts';
import { parseAddressRange } from './proxy/address-range.ts';
import { isBlank, MIRROR_OPTIONS, mirrorOptions, storedMirrorOptions } from './shared-options.ts';
import { STORED_OPTIONS, storedOptions } from './stored-options.ts';

const SERVING = 'Serving';
const MAX_MAX_AGE = 3_600_000;

const EXAMPLES = `Examples:
  crates-mirror-server --mirror mirror --index-dir crates.io-index
      on http://127.0.0.1:8080; the page there shows the configuration for cargo
  crates-mirror-server --bundles-dir bundles --index-dir crates.io-index --listen 0.0.0.0:443 \\
      --tls-cert cert.pem --tls-key key.pem
      from bundles, to all addresses, over HTTP/2 and TLS
  crates-mirror-server --mirror s3://bucket/prefix --cache-size 50GB
      from an object store, any number of servers side by side
  crates-mirror-server export --mirror mirror --index-dir crates.io-index \\
      --public-url https://mirror.example --out site
      the same as plain files, for any web server (see crates-mirror-server export --help)

Every option may also be written with a single dash.
SIGTERM and Ctrl-C let requests in progress finish; a second one stops at once. SIGHUP reloads the certificate.
Exit codes: 0 stopped by a signal, 1 something failed, 2 wrong usage or input.`;

export const SERVE_COMMAND = {
  name: 'crates-mirror-server',
  version: VERSION,
  description: 'Serves a mirror to cargo, over the sparse protocol, and to browsers.',
  options: [
    ...MIRROR_OPTIONS,
    {
      flags: '--listen <address>',
      description: 'address to listen on, [host]:port; without a host, the loopback address',
      group: SERVING,
      default: '127.0.0.1:8080',
      parse: parseListenAddress,
    },
    {
      flags: '--public-url <url>',
      description: 'URL at which clients reach the server, if it is behind a proxy',
      group: SERVING,
      parse: parsePublicUrl,
    },
    {
      flags: '--trusted-proxy <address>',
      description:
        'trust the Forwarded and X-Forwarded-* headers from this address or CIDR range; may be repeated',
      group: SERVING,
      ...repeatable(parseAddressRange),
    },
    {
      flags: '--tls-cert <file>',
      description: 'certificate chain (PEM), for HTTPS and HTTP/2',
      group: SERVING,
    },
    { flags: '--tls-key <file>', description: 'private key of the certificate (PEM)', group: SERVING },
    {
      flags: '--max-connections <n>',
      description:
        'maximum concurrent connections; more are rejected (16000, or as many as the limit of open files allows)',
      group: SERVING,
      parse: wholeNumber(1, 1_000_000),
    },
    {
      flags: '--idle-timeout <time>',
      description: 'close idle connections after this time',
      group: SERVING,
      default: '1m',
      parse: parseTimeLimit,
    },
    {
      flags: '--drain-timeout <time>',
      description: 'how long to wait for requests in progress when stopping',
      group: SERVING,
      default: '30s',
      parse: parseTimeLimit,
    },
    {
      flags: '--crate-max-age <time>',
      description: 'how long caches may keep a crate file before they revalidate it; 1h at most',
      group: SERVING,
      default: '10m',
      parse: parseMaxAge,
    },
    {
      flags: '--advisories <dir>',
      description: 'show RustSec advisories on crate pages, from this checkout of its advisory-db',
      group: SERVING,
    },
    {
      flags: '--serve-removed',
      description: 'keep serving crate files that left the index to clients that know their checksums',
      group: SERVING,
    },
    ...STORED_OPTIONS,
    ...SHARED_OPTIONS,
  ],
  subcommand: 'export',
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseServeOptions(argv: readonly string[]): ServeOptions {
  const { values: raw, given } = parseCommand(SERVE_COMMAND, argv);
  const { listen, publicUrl, trustedProxy = [], tlsCert, tlsKey } = raw;
  if (publicUrl !== undefined && trustedProxy.length > 0)
    throw new UsageError('--public-url and --trusted-proxy exclude each other', {
      hint: 'With --public-url, no header changes where cargo is sent',
    });
  const { crateMaxAge, advisories, serveRemoved = false } = raw;
  if (advisories?.trim() === '') throw new UsageError('--advisories: the value is empty');
  if (isBlank(tlsCert) !== isBlank(tlsKey))
    throw new UsageError(`--tls-cert and --tls-key go together`, { hint: 'Give both, or neither' });
  const { maxConnections, idleTimeout, drainTimeout } = raw;
  const { logFormat, logLevel, progressInterval, progressEvery } = raw;
  const stored = storedOptions(raw.mirror, raw, given);
  const mirror = stored === undefined ? mirrorOptions(raw, given) : storedMirrorOptions(raw, given);
  if (serveRemoved && mirror.rules !== undefined)
    throw new UsageError('--serve-removed also serves versions that are not selected', {
      hint: 'Leave it out, or the selection',
    });
  return {
    ...mirror,
    listen,
    publicUrl,
    trustedProxies: trustedProxy,
    tls: isBlank(tlsCert) ? undefined : { certFile: tlsCert as string, keyFile: tlsKey as string },
    maxConnections,
    idleTimeout,
    drainTimeout,
    crateMaxAge,
    advisories,
    serveRemoved,
    stored,
    logFormat,
    logLevel,
    progressInterval,
    progressEvery,
  };
}

/**
 * @returns ms
 * @throws UsageError above one hour, because caches may serve a withdrawn crate file for as long as
 * this
 */
function parseMaxAge(text: string): number {
  const ms = parseDuration(text);
  if (ms > MAX_MAX_AGE)
    throw new UsageError(`'${text}' is more than an hour`, {
      hint: 'Withdrawn crate files would stay in caches for as long',
    });
  return ms;
}
