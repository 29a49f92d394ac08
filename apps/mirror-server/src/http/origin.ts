import type { Request } from '@crates-mirror/http-content';
import type { AddressRanges } from '../proxy/address-range.ts';
import { forwardedOrigin, forwardingHeader } from '../proxy/forwarded.ts';

const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
/** Length of a domain name (RFC 1035) and a port. */
const MAX_HOST = 253 + 6;
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

export interface OriginOptions {
  /** The operator's setting, which takes precedence. */
  readonly publicUrl: string | undefined;
  readonly isTls: boolean;
  readonly trustedProxies: AddressRanges;
  /** Called once with a warning when headers of an untrusted proxy are seen. */
  readonly onNote: (message: string) => void;
}

/**
 * The URLs by which clients reach this server, without a trailing slash, for use in responses to
 * them.
 */
export class ClientOrigins {
  readonly #options: OriginOptions;
  #isNoted = false;

  constructor(options: OriginOptions) {
    this.#options = options;
  }

  /** @returns undefined if neither the client nor a trusted proxy names a valid host and scheme */
  of(request: Request): string | undefined {
    const { publicUrl, isTls, trustedProxies } = this.#options;
    if (publicUrl !== undefined) return publicUrl;
    const own = originFrom(isTls ? 'https' : 'http', hostOf(request));
    const header = forwardingHeader(request.headers);
    if (header === undefined) return own;
    const peer = request.socket.remoteAddress ?? '';
    if (!trustedProxies.has(peer)) {
      this.#note(peer, header, own);
      return own;
    }
    const forwarded = forwardedOrigin(request.headers);
    if (forwarded === undefined) return undefined;
    const { proto = isTls ? 'https' : 'http', host = hostOf(request) } = forwarded;
    return originFrom(proto.toLowerCase(), host);
  }

  #note(peer: string, header: string, own: string | undefined): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#options.onNote(
      `${peer} sends ${header}, as a proxy does, and is no --trusted-proxy: cargo is sent to download from ` +
        `${own ?? 'nowhere'}. If clients reach the proxy by another URL, give that as --public-url`,
    );
  }
}

function originFrom(scheme: string, host: unknown): string | undefined {
  if (typeof host !== 'string' || host.length > MAX_HOST || !HOST.test(host)) return undefined;
  const origin = `${scheme}://${host}`;
  return (scheme === 'http' || scheme === 'https') && URL.canParse(origin) ? origin : undefined;
}

/** A host in the request target takes precedence over the Host header (RFC 9112, 3.2.2). */
function hostOf({ url, headers }: Request): string | readonly string[] | undefined {
  return ABSOLUTE.exec(url ?? '')?.[1] ?? headers[':authority'] ?? headers.host;
}
