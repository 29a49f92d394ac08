import { readGivenFile } from '@crates-mirror/cli/given-file';
import { UsageError } from '@crates-mirror/errors';
import { DEFAULT_CONNECTIONS, type RawValues } from './option-table.ts';
import type { TransferOptions } from './options.ts';
import { TOOL } from './user-agent.ts';

/** @throws UsageError */
export function transferOf(raw: RawValues): TransferOptions {
  return {
    cratesBaseUrl: raw.cratesBaseUrl,
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
  };
}

/** With HTTP/1.1, each request needs its own connection. */
function connectionsFor(concurrency: number | 'auto'): number {
  return concurrency === 'auto' ? DEFAULT_CONNECTIONS : Math.max(DEFAULT_CONNECTIONS, concurrency);
}

function userAgentOf({ userAgent, contact }: RawValues): string {
  const text = userAgent !== '' ? userAgent : contact === undefined ? TOOL : `${TOOL} (${contact})`;
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new UsageError('--user-agent and --contact: only printable ASCII can go into a header');
  }
  return text;
}

function readCertificates(path: string): string {
  const pem = readGivenFile('--ca-file', path).toString('utf8');
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UsageError(`--ca-file: ${path} holds no certificate in PEM`);
  }
  return pem;
}
